//! By which members a file puts something behind a grace period, as its tokens show it.

use rustc_hash::{FxHashMap, FxHashSet};
use serde::{Deserialize, Serialize};

use crate::flow::ends::is_head;
use crate::kernel::context::context;
use crate::kernel::version::Version;
use crate::text::directives::{Key, key};
use crate::text::lexer::{Token, TokenKind, lex};

/// Calls that prepare a head, or find the object around it, and defer nothing.
/// Sources: include/linux/workqueue.h, include/linux/rcupdate.h, include/linux/container_of.h.
pub(crate) const NO_USE: [&[u8]; 8] = [
    b"INIT_RCU_WORK",
    b"INIT_WORK",
    b"init_rcu_head",
    b"init_rcu_head_on_stack",
    b"destroy_rcu_head",
    b"destroy_rcu_head_on_stack",
    b"container_of",
    b"offsetof",
];

/// A member of a struct that is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(crate) struct UsedHead {
    tag: Key,
    pub member: Key,
}

impl UsedHead {
    /// By their names.
    pub fn new(tag: &[u8], member: &[u8]) -> UsedHead {
        UsedHead { tag: key(tag), member: key(member) }
    }

    /// Both names in one.
    pub fn key(self) -> Key {
        self.tag.rotate_left(1) ^ self.member
    }
}

/// The members that a text names in a way that may put their object behind a grace period:
/// `->rcu`, `.rcu`, `kfree_rcu(x, rcu)`; not where they are given to one of `callbacks`, which is no
/// grace period, and, if `typed`, not where they are given to a call of the table. Whose members they
/// are is told by the variables that the text declares; where it tells nothing, they count for every
/// struct that it names.
pub(crate) fn used_heads(
    text: &[u8],
    version: Version,
    typed: bool,
    callbacks: &dyn Fn(&[u8]) -> bool,
) -> FxHashSet<UsedHead> {
    let tokens = lex(text, 0, text.len());
    let word = |at: usize| tokens.get(at).map(|token| token.text(text));
    let mut found = FxHashSet::default();
    // The calls around a place, and their first arguments; `None` for other parentheses.
    let mut around: Vec<Option<(&[u8], usize)>> = Vec::new();
    let mut variables: FxHashMap<&[u8], &[u8]> = FxHashMap::default();
    let mut depth = 0usize;
    let mut tags: FxHashSet<&[u8]> = FxHashSet::default();
    let mut unknown: FxHashSet<&[u8]> = FxHashSet::default();
    for (at, token) in tokens.iter().enumerate() {
        match token.text(text) {
            b"(" => around.push(called(text, &tokens, at).map(|name| (name, at + 1))),
            b")" => drop(around.pop()),
            b"{" => (depth, around) = (depth + 1, Vec::new()),
            b"}" => {
                // Whatever is unbalanced ends here.
                (depth, around) = (depth.saturating_sub(1), Vec::new());
                if depth == 0 {
                    variables.clear();
                }
            }
            b";" => around.clear(),
            b"struct" => {
                tags.extend(word(at + 1));
                let stars = (at + 2..).take_while(|at| word(*at) == Some(b"*")).count();
                if let (1.., Some(tag), Some(name)) = (stars, word(at + 1), word(at + 2 + stars)) {
                    variables.insert(name, tag);
                }
            }
            member if token.kind == TokenKind::Ident => {
                let before = at.checked_sub(1).and_then(word);
                let call = around.iter().rev().copied().flatten().next();
                let row = call.and_then(|(name, _)| context().deferral(name, version));
                let (defers, names) = (row.is_some(), row.is_some_and(|row| row.object.is_some()));
                let last = word(at + 1) == Some(b")");
                // The variable before it: `x` in `x->rcu`, `x->a.rcu`, `kfree_rcu(x, rcu)`.
                let variable = match before {
                    Some(b"->" | b".") => {
                        let steps = (1..=at / 2).take_while(|step| {
                            matches!(word(at + 1 - 2 * step), Some(b"->" | b"."))
                        });
                        Some(at - 2 * steps.count())
                    }
                    Some(b",") if names && last => call.map(|(_, first)| first),
                    _ => None,
                };
                let counts = match call {
                    Some(_) if defers => !typed,
                    Some((name, _)) => !NO_USE.contains(&name) && !callbacks(name),
                    None => true,
                };
                if let Some(variable) = variable.filter(|_| counts) {
                    // `x->a->rcu` is a member of something else than `x`.
                    let direct = variable + 2 >= at || before == Some(b",");
                    let known = word(variable).and_then(|name| variables.get(name));
                    match known.filter(|_| direct) {
                        Some(tag) => drop(found.insert(UsedHead::new(tag, member))),
                        None => drop(unknown.insert(member)),
                    }
                }
            }
            _ => {}
        }
    }
    // It may be any of those that are spoken of.
    for tag in &tags {
        found.extend(unknown.iter().map(|member| UsedHead::new(tag, member)));
    }
    found
}

/// The names that a text declares as members, or variables, of a type that is for a grace period; and
/// whatever else stands in such a declaration.
pub(crate) fn head_members(text: &[u8], tokens: &[Token]) -> FxHashSet<Key> {
    let mut found = FxHashSet::default();
    for (at, token) in tokens.iter().enumerate() {
        let tag = tokens.get(at + 1).filter(|_| token.is_word(text, b"struct"));
        let tag = tag.and_then(|tag| std::str::from_utf8(tag.text(text)).ok());
        if tag.is_some_and(is_head) {
            let declared = tokens[at + 2..].iter();
            let declared = declared.take_while(|one| !matches!(one.text(text), b";" | b")" | b"{"));
            let names = declared.filter(|one| one.kind == TokenKind::Ident);
            found.extend(names.map(|one| key(one.text(text))));
        }
    }
    found
}

/// The name before an opening parenthesis.
fn called<'t>(text: &'t [u8], tokens: &[Token], open: usize) -> Option<&'t [u8]> {
    let before = &tokens[open.checked_sub(1)?];
    (before.kind == TokenKind::Ident).then(|| before.text(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uses_of_members() {
        let text = b"\
            void f(struct kind *x)\n{\n\
            \tkfree_rcu(x, one);\n\
            \tcall_rcu(&x->two, done);\n\
            \tqueue(&x->three);\n\
            \tdone(&x->four);\n\
            \tINIT_RCU_WORK(&x->five, done);\n\
            \ty->six.func = done;\n\
            \tx = container_of(head, struct other, seven);\n}\n";
        let uses = |typed, tag: &str| -> Vec<&str> {
            let found = used_heads(text, Version::LATEST, typed, &|name| name == b"done");
            let names = ["one", "two", "three", "four", "five", "six", "seven", "done"];
            let used =
                |name: &&str| found.contains(&UsedHead::new(tag.as_bytes(), name.as_bytes()));
            names.into_iter().filter(used).collect()
        };
        assert_eq!(uses(false, "kind"), ["one", "two", "three", "six"]);
        assert_eq!(uses(true, "kind"), ["three", "six"]);
        assert_eq!(uses(true, "other"), ["six"]);
        assert!(uses(false, "unnamed").is_empty());
    }
}

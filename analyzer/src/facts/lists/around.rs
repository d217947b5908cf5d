//! Which functions can have to do with lists that readers walk, judged from their tokens, in the
//! file and in the headers that it sees.

use rustc_hash::FxHashSet;

use crate::facts::file::walk_tree;
use crate::facts::lists::uses::Use;
use crate::facts::names::Names;
use crate::facts::usage::Uses;
use crate::facts::walk::Walk;
use crate::flow::Flows;
use crate::index::IndexedFile;
use crate::items::{Item, ItemKind};
use crate::kernel::context::context;
use crate::kernel::version::Version;
use crate::syntax::parse_item;
use crate::text::lexer::{Token, TokenKind, lex};
use crate::types::{Unit, split_arguments};

/// The links by which readers walk lists, by the members' names: a use of another member is none
/// of theirs.
#[derive(Debug, Default)]
pub(in crate::facts) struct Links(FxHashSet<Box<str>>);

impl Links {
    /// Those of the loops in a file's own functions, and in those of the headers that it sees.
    pub fn of_unit(unit: &Unit<'_>, names: &Names<'_, '_, '_>, flows: &Flows<'_, '_>) -> Links {
        let mut links = Links::default();
        for item in &unit.file.items.items {
            if item.kind != ItemKind::Function || !may_walk(unit.file.text(item)) {
                continue;
            }
            calls(unit.file.text(item), |name, arguments| {
                let walking = name.contains("for_each").then(|| flows.loop_of(name, arguments));
                if let Some(walking) = walking.flatten().filter(|walking| walking.rcu) {
                    links.0.extend(walking.member.as_deref().and_then(last_word).map(Into::into));
                    links.0.extend(walking.of.as_deref().and_then(last_word).map(Into::into));
                }
            });
        }
        for (file, _, members) in &names.shared.reader_loops {
            if unit.sees(*file) {
                links.0.extend(members.iter().cloned());
            }
        }
        links
    }

    /// Whether a function changes a list that has one of the links.
    pub fn concern(&self, text: &[u8], version: Version) -> bool {
        if self.0.is_empty() || !may_change(text) {
            return false;
        }
        let mut found = false;
        calls(text, |name, arguments| {
            let row = context().change(name.as_bytes(), version);
            let node = row.filter(|row| row.adds).and_then(|row| arguments.get(row.node));
            found |=
                node.and_then(|node| last_word(node)).is_some_and(|word| self.0.contains(word));
        });
        found
    }
}

/// The loops for readers in functions of headers that a file sees, as far as they use one of the
/// links that its own uses have.
pub(in crate::facts) fn uses_in_headers(
    unit: &Unit<'_>,
    names: &Names<'_, '_, '_>,
    own: &[Use],
) -> Vec<Use> {
    let wanted: FxHashSet<&str> =
        own.iter().filter(|one| !one.is_rcu()).filter_map(Use::link).collect();
    let mut found = Vec::new();
    for (id, item, members) in &names.shared.reader_loops {
        let file = unit.knowledge.index.file(*id);
        let concerned = members.iter().any(|member| wanted.contains(&**member));
        if !concerned || !unit.sees(*id) || file.path == unit.file.path {
            continue;
        }
        let item = &file.items.items[*item as usize];
        found.extend(uses_in(unit, names, file, item));
    }
    found
}

fn uses_in(
    unit: &Unit<'_>,
    names: &Names<'_, '_, '_>,
    file: &std::sync::Arc<IndexedFile>,
    item: &Item,
) -> Vec<Use> {
    let mut found = Vec::new();
    *unit.condition.borrow_mut() = file.items.condition(item).clone();
    unit.refuel();
    let (uses, flows) = (Uses::new(unit), Flows::new(unit));
    for tree in parse_item(file.text(item), item.span.start, item.kind, unit) {
        let function = crate::facts::file::function_name(file, item);
        let mut walk = Walk::new(&uses, names, &flows, &tree, function);
        walk.lists_of = Some(file);
        walk_tree(unit, &tree, item, &mut walk);
        found.append(&mut walk.list_uses);
        unit.clear_local_records();
    }
    *unit.condition.borrow_mut() = Default::default();
    found
}

/// Whether a text may hold a loop for readers; a look at the bytes.
fn may_walk(text: &[u8]) -> bool {
    memchr::memmem::find(text, b"for_each").is_some()
}

/// Whether a text may hold a call that adds to a list.
fn may_change(text: &[u8]) -> bool {
    ["_add", "list_move", "list_replace"]
        .iter()
        .any(|word| memchr::memmem::find(text, word.as_bytes()).is_some())
}

/// The members by which the loops for readers in a text go on, as far as the table knows the loops.
pub(in crate::facts) fn links_walked(text: &[u8]) -> Vec<Box<str>> {
    let mut found: Vec<Box<str>> = Vec::new();
    calls(text, |name, arguments| {
        let row = context().walk(name.as_bytes(), Version::LATEST).filter(|row| row.rcu);
        let Some(row) = row else { return };
        let member = row.member.and_then(|at| arguments.get(at)).copied();
        found.extend(member.or(row.of.as_deref()).and_then(last_word).map(Into::into));
    });
    found.sort_unstable();
    found.dedup();
    found
}

/// Every call, or what looks like one, with its arguments.
fn calls(text: &[u8], mut look: impl FnMut(&str, &[&str])) {
    let tokens = lex(text, 0, text.len());
    for (at, pair) in tokens.windows(2).enumerate() {
        if pair[0].kind != TokenKind::Ident || !pair[1].is(text, b"(") {
            continue;
        }
        let Ok(name) = std::str::from_utf8(pair[0].text(text)) else { continue };
        if !name.contains("for_each")
            && context().change(name.as_bytes(), Version::LATEST).is_none()
        {
            continue;
        }
        let Some(close) = closing(text, &tokens[at + 1..]) else { continue };
        let inside = &text[pair[1].end as usize..close];
        let Ok(inside) = std::str::from_utf8(inside) else { continue };
        look(name, &split_arguments(inside));
    }
}

/// Where the parenthesis closes that the tokens begin with.
fn closing(text: &[u8], tokens: &[Token]) -> Option<usize> {
    let mut depth = 0usize;
    for token in tokens {
        match token.text(text) {
            b"(" => depth += 1,
            b")" => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(token.start as usize);
                }
            }
            b"{" | b"}" | b";" => return None,
            _ => {}
        }
    }
    None
}

/// The member at the end of `&port->peer.node`.
pub(super) fn last_word(text: &str) -> Option<&str> {
    let text = text.trim().trim_end_matches(')');
    let start = text.rfind(|c: char| !c.is_ascii_alphanumeric() && c != '_').map_or(0, |at| at + 1);
    Some(&text[start..]).filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_of_loops() {
        let text = b"void f(void)\n{\n\tlist_for_each_entry_rcu(p, &x->all, u.node)\n\t\tg(p);\n\
                     \tlist_for_each_entry(p, &x->all, other) g(p);\n}\n";
        assert_eq!(links_walked(text), [Box::from("node")]);
    }

    #[test]
    fn changes_of_links() {
        let links = Links(["node".into()].into_iter().collect());
        let concern = |text: &str| links.concern(text.as_bytes(), Version::LATEST);
        assert!(concern("{ list_add(&p->u.node, &x->all); }"));
        assert!(!concern("{ list_add(&p->list, &x->node); }"));
        assert!(!concern("{ list_del(&p->node); }"));
    }
}

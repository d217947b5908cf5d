//! An accessor's other arguments, taken from another call and rewritten for an access.

use std::collections::BTreeSet;

/// A path through members, the last one taken off: of `port->br->x`, the object is `port->br` and
/// the arrow `->`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Object<'a> {
    path: &'a str,
    arrow: &'a str,
}

/// What can be named where the argument is to go.
pub(crate) struct Scope<'a> {
    /// Variables of the function with their types.
    pub variables: &'a [(String, String)],
    /// Names outside functions; `None` if every name that is no variable is one.
    pub globals: Option<&'a BTreeSet<String>>,
    /// The variables among the other call's arguments, with their types; `None` if not known.
    pub theirs: Option<&'a [(String, String)]>,
}

fn is_word(byte: u8) -> bool {
    byte == b'_' || byte.is_ascii_alphanumeric()
}

impl<'a> Object<'a> {
    /// Of a pointer such as `p->table[i]`.
    fn of(pointer: &'a str) -> Option<Object<'a>> {
        let mut text = pointer.trim();
        while let Some(inside) = text.strip_prefix('(').and_then(|t| t.strip_suffix(')')) {
            text = inside.trim();
        }
        while text.ends_with(']') {
            let mut depth = 0usize;
            let open = text.bytes().rposition(|byte| {
                depth = match byte {
                    b']' => depth + 1,
                    b'[' => depth.saturating_sub(1),
                    _ => depth,
                };
                depth == 0
            })?;
            text = text[..open].trim_end();
        }
        Object::without_last(text)
    }

    fn without_last(text: &'a str) -> Option<Object<'a>> {
        let name = text.bytes().rev().take_while(|byte| is_word(*byte)).count();
        let before = text[..text.len() - name].trim_end();
        let arrow = ["->", "."].into_iter().find(|arrow| before.ends_with(arrow))?;
        let path = before[..before.len() - arrow.len()].trim_end();
        (name > 0 && !path.is_empty()).then_some(Object { path, arrow })
    }

    fn last_name(&self) -> &'a str {
        let name = self.path.bytes().rev().take_while(|byte| is_word(*byte)).count();
        &self.path[self.path.len() - name..]
    }
}

/// The objects of two pointers to the same member, and of the objects themselves as long as they
/// are the same member of something.
fn pairs<'a>(theirs: &'a str, ours: &'a str) -> Vec<(Object<'a>, Object<'a>)> {
    let mut found = Vec::new();
    let mut next = Object::of(theirs).zip(Object::of(ours));
    while let Some((their, our)) = next {
        found.push((their, our));
        next = (their.last_name() == our.last_name() && !their.last_name().is_empty())
            .then(|| Object::without_last(their.path).zip(Object::without_last(our.path)))
            .flatten();
    }
    found
}

/// `argument` of a call on `theirs` as it has to be for `ours`; `None` if it names what cannot be
/// named here. `same_member`: both name the same member, of whatever objects.
pub(crate) fn rewritten(
    argument: &str,
    theirs: &str,
    ours: &str,
    same_member: bool,
    scope: &Scope<'_>,
) -> Option<String> {
    let pairs = if same_member { pairs(theirs, ours) } else { Vec::new() };
    let mut out = String::new();
    let bytes = argument.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if !is_word(bytes[at]) || bytes[at].is_ascii_digit() {
            let letter = argument[at..].chars().next()?;
            out.push(letter);
            at += letter.len_utf8();
            // A number with its suffix.
            while letter.is_ascii_digit() && at < bytes.len() && is_word(bytes[at]) {
                out.push(bytes[at] as char);
                at += 1;
            }
            continue;
        }
        let before = argument[..at].trim_end();
        let member = before.ends_with("->") || before.ends_with('.');
        let end = at + argument[at..].bytes().take_while(|byte| is_word(*byte)).count();
        if member {
            out.push_str(&argument[at..end]);
            at = end;
            continue;
        }
        if let Some((taken, text)) = mapped(&argument[at..], &pairs) {
            out.push_str(&text?);
            at += taken;
            continue;
        }
        let name = &argument[at..end];
        if argument[end..].trim_start().starts_with('(') {
            out.push_str(callable(name, scope).then_some(name)?);
        } else {
            out.push_str(named(name, scope)?);
        }
        at = end;
    }
    Some(out)
}

/// How much of the text the longest object takes up that it begins with, and what stands for it;
/// no text where the object would have to be an address here and is none.
fn mapped(text: &str, pairs: &[(Object<'_>, Object<'_>)]) -> Option<(usize, Option<String>)> {
    let (their, our) = pairs.iter().find(|(their, _)| {
        text.strip_prefix(their.path)
            .is_some_and(|rest| !rest.bytes().next().is_some_and(is_word) || rest.is_empty())
    })?;
    let rest = &text[their.path.len()..];
    let taken = their.path.len();
    if let Some(arrow) = ["->", "."].into_iter().find(|arrow| rest.starts_with(arrow)) {
        let arrow = if arrow == their.arrow { our.arrow } else { arrow };
        let after = taken + if rest.starts_with("->") { 2 } else { 1 };
        return Some((after, Some(format!("{}{arrow}", our.path))));
    }
    Some((taken, (their.arrow == our.arrow).then(|| our.path.to_owned())))
}

/// Whether what another file calls is declared here. `lockdep_is_held()` comes with the accessors.
fn callable(name: &str, scope: &Scope<'_>) -> bool {
    let known = |globals: &BTreeSet<String>| globals.contains(name);
    keyword(name) || name == "lockdep_is_held" || scope.globals.is_none_or(known)
}

/// What a name of the other function is called here.
fn named<'a>(name: &'a str, scope: &Scope<'a>) -> Option<&'a str> {
    let ours = scope.variables.iter().find(|(known, _)| known == name);
    let Some(theirs) = scope.theirs else {
        // Its type is not known: the same name has to do.
        let global = scope.globals.is_none_or(|globals| globals.contains(name));
        return (ours.is_some() || global || keyword(name)).then_some(name);
    };
    let Some((_, ty)) = theirs.iter().find(|(known, _)| known == name) else {
        return ours.is_none().then_some(name);
    };
    if ours.is_some_and(|(_, known)| known == ty) {
        return Some(name);
    }
    let mut alike = scope.variables.iter().filter(|(_, known)| known == ty);
    match (alike.next(), alike.next()) {
        (Some((only, _)), None) => Some(only),
        _ => None,
    }
}

/// Whether code has `expression` in it, not just the beginning of a longer name.
pub(crate) fn mentions(code: &str, expression: &str) -> bool {
    let word = |c: char| c == '_' || c.is_ascii_alphanumeric();
    code.match_indices(expression).any(|(at, _)| {
        let before = code[..at].chars().next_back().is_some_and(word);
        !before && !code[at + expression.len()..].starts_with(word)
    })
}

fn keyword(name: &str) -> bool {
    matches!(name, "sizeof" | "struct" | "true" | "false" | "NULL" | "const" | "void")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables(list: &[(&str, &str)]) -> Vec<(String, String)> {
        list.iter().map(|(name, ty)| ((*name).to_owned(), (*ty).to_owned())).collect()
    }

    fn typed(argument: &str, theirs: &str, ours: &str, same: bool) -> Option<String> {
        let here = variables(&[("port", "struct port *"), ("sk", "struct sock *")]);
        let there = variables(&[("br", "struct br *"), ("socket", "struct sock *")]);
        let scope = Scope { variables: &here, globals: None, theirs: Some(&there) };
        rewritten(argument, theirs, ours, same, &scope)
    }

    #[test]
    fn the_same_object_by_another_path() {
        let rewritten = |argument, theirs, ours| typed(argument, theirs, ours, true);
        assert_eq!(
            rewritten("lockdep_is_held(&br->lock)", "br->x", "port->br->x").unwrap(),
            "lockdep_is_held(&port->br->lock)"
        );
        assert_eq!(
            rewritten("lockdep_is_held(&br->lock)", "br->list->x", "port->list->x").unwrap(),
            "lockdep_is_held(&port->lock)"
        );
        assert_eq!(
            rewritten("lockdep_is_held(&br->lock)", "br->t[i]", "local.t[j + 1]").unwrap(),
            "lockdep_is_held(&local.lock)"
        );
        assert_eq!(
            rewritten("is_locked(br)", "br->t", "port->br->t").unwrap(),
            "is_locked(port->br)"
        );
        assert_eq!(rewritten("is_locked(br)", "br->t", "local.t"), None);
    }

    #[test]
    fn variables_by_their_type() {
        let rewritten = |argument, same| typed(argument, "br->x", "port->y", same);
        assert_eq!(rewritten("sock_is_held(socket)", false).unwrap(), "sock_is_held(sk)");
        assert_eq!(rewritten("lockdep_is_held(&br->lock)", false), None);
        assert_eq!(
            rewritten("lockdep_is_held(&global_lock)", false).unwrap(),
            "lockdep_is_held(&global_lock)"
        );
        assert_eq!(rewritten("1", false).unwrap(), "1");
        assert_eq!(rewritten("0x10UL", false).unwrap(), "0x10UL");
    }

    #[test]
    fn without_types_names_have_to_do() {
        let here = variables(&[("sk", "struct sock *")]);
        let globals = BTreeSet::from(["SUBSYS", "sock_is_held", "is_held"].map(str::to_owned));
        let scope = Scope { variables: &here, globals: Some(&globals), theirs: None };
        let rewritten = |argument| rewritten(argument, "a->x", "b->x", true, &scope);
        assert_eq!(rewritten("sock_is_held(sk)").unwrap(), "sock_is_held(sk)");
        assert_eq!(rewritten("SUBSYS").unwrap(), "SUBSYS");
        assert_eq!(rewritten("is_held(&a->lock)").unwrap(), "is_held(&b->lock)");
        assert_eq!(rewritten("is_held(&other->lock)"), None);
        assert_eq!(rewritten("lockdep_is_held(&a->lock)").unwrap(), "lockdep_is_held(&b->lock)");
        // What the file does not declare cannot be called in it.
        assert_eq!(rewritten("elsewhere_is_held(sk)"), None);
        assert_eq!(rewritten("sizeof(sk)").unwrap(), "sizeof(sk)");
    }
}

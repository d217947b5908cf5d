//! New text for an edit, made from the old so that comments and line breaks in it stay.

use rculint_analyzer::text::{SourceFile, Span};

/// The text of `span`, unless it is not UTF-8: an edit must not change bytes it cannot hold.
pub(crate) fn text(source: &SourceFile, span: Span) -> Option<&str> {
    std::str::from_utf8(source.slice(span)).ok().filter(|text| !text.is_empty())
}

/// `text` as one argument of a macro: in parentheses if a comma in it would split it.
pub(crate) fn argument(text: &str) -> String {
    let mut depth = 0u32;
    for (_, byte) in code(text) {
        match byte {
            b'(' => depth += 1,
            b')' => depth = depth.saturating_sub(1),
            b',' if depth == 0 => return format!("({text})"),
            _ => {}
        }
    }
    text.to_owned()
}

/// `left = right` as `accessor(left, right)`; `None` if no `=` follows byte `from`. `null` stores
/// NULL, however it was spelt.
pub(crate) fn assignment(text: &str, from: usize, accessor: &str, null: bool) -> Option<String> {
    let (equals, _) = code(text).find(|&(at, byte)| at >= from && byte == b'=')?;
    // `(p->a) = b`: the parentheses around the lvalue are part of it.
    let after = text.get(from..equals)?;
    let inside = after.trim_start_matches(|c: char| c == ')' || c.is_ascii_whitespace());
    let close = after[..after.len() - inside.len()].rfind(')').map_or(from, |at| from + at + 1);
    let left = argument(text[..close].trim_end());
    let right = &text[equals + 1..];
    let value = right.trim_start();
    // A comment before the `=` goes behind the comma.
    let before = &text[close..equals];
    let comment = if before.trim().is_empty() { "" } else { before.trim_end_matches([' ', '\t']) };
    let mut gap = format!("{comment}{}", &right[..right.len() - value.len()]);
    if gap.is_empty() {
        gap.push(' ');
    }
    let value = if null { "NULL".to_owned() } else { argument(value) };
    Some(format!("{accessor}({left},{gap}{value})"))
}

/// Whether a piece of code assigns something.
pub(crate) fn assigns(text: &str) -> bool {
    let bytes = text.as_bytes();
    code(text).any(|(at, byte)| {
        let before = at.checked_sub(1).map_or(0, |at| bytes[at]);
        let after = bytes.get(at + 1).copied().unwrap_or(0);
        let compares = matches!(before, b'=' | b'!')
            || after == b'='
            || matches!(before, b'<' | b'>')
                && at.checked_sub(2).map(|at| bytes[at]) != Some(before);
        byte == b'=' && !compares
    })
}

/// `name(arguments)` with another name.
pub(crate) fn renamed(text: &str, name: &str, accessor: &str) -> Option<String> {
    let rest = text.strip_prefix(name)?;
    rest.trim_start().starts_with('(').then(|| format!("{accessor}{rest}"))
}

/// The call `name(span)` that has exactly `span` as its argument.
pub(crate) fn enclosing_call(source: &SourceFile, span: Span, name: &str) -> Option<Span> {
    let bytes = source.bytes();
    let before = bytes.get(..span.start as usize)?.trim_ascii_end();
    let before = before.strip_suffix(b"(")?.trim_ascii_end().strip_suffix(name.as_bytes())?;
    if before.last().is_some_and(|&byte| byte == b'_' || byte.is_ascii_alphanumeric()) {
        return None;
    }
    let after = bytes.get(span.end as usize..)?;
    let gap = after.len() - after.trim_ascii_start().len();
    after[gap..].starts_with(b")").then(|| Span::new(before.len(), span.end as usize + gap + 1))
}

/// The bytes outside comments and literals, with their offsets.
pub(crate) fn code(text: &str) -> impl Iterator<Item = (usize, u8)> + '_ {
    let bytes = text.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let byte = *bytes.get(at)?;
            let start = at;
            at = match byte {
                b'/' if bytes.get(at + 1) == Some(&b'*') => skip_to(text, at + 2, "*/"),
                b'/' if bytes.get(at + 1) == Some(&b'/') => skip_to(text, at + 2, "\n"),
                b'"' | b'\'' => literal_end(bytes, at),
                _ => {
                    at += 1;
                    return Some((start, byte));
                }
            };
        }
    })
}

fn skip_to(text: &str, from: usize, end: &str) -> usize {
    text[from..].find(end).map_or(text.len(), |found| from + found + end.len())
}

fn literal_end(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while at < bytes.len() && bytes[at] != bytes[start] {
        at += if bytes[at] == b'\\' { 2 } else { 1 };
    }
    at + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments() {
        assert_eq!(argument("f(a, b)"), "f(a, b)");
        assert_eq!(argument("&(struct x){ 1, 2 }"), "(&(struct x){ 1, 2 })");
        assert_eq!(argument("p /* a, b */"), "p /* a, b */");
        assert_eq!(argument("c[',']"), "c[',']");
    }

    #[test]
    fn assignments_keep_comments_and_lines() {
        let assign = |text, from| assignment(text, from, "rcu_assign_pointer", false);
        assert_eq!(assign("p->a = b", 4).unwrap(), "rcu_assign_pointer(p->a, b)");
        assert_eq!(assign("p->a=b", 4).unwrap(), "rcu_assign_pointer(p->a, b)");
        assert_eq!(
            assign("p->a /* a=1 */ =\n\t\tb // last\n", 4).unwrap(),
            "rcu_assign_pointer(p->a, /* a=1 */\n\t\tb // last\n)"
        );
        assert_eq!(assign("p[a == b] = c", 9).unwrap(), "rcu_assign_pointer(p[a == b], c)");
        assert_eq!(assign("(p->a) = b", 5).unwrap(), "rcu_assign_pointer((p->a), b)");
        assert_eq!(assign("SET(p->a, b)", 8), None);
        assert_eq!(
            assignment("p->a = 0", 4, "RCU_INIT_POINTER", true).unwrap(),
            "RCU_INIT_POINTER(p->a, NULL)"
        );
    }

    #[test]
    fn assignments_are_told_from_comparisons() {
        for text in ["a = b", "p->a=b", "x += 1", "x <<= 1", "(a = b) == c"] {
            assert!(assigns(text), "{text}");
        }
        for text in ["a == b", "a <= b ? x : y", "a != b", "a >= b", "f(\"=\")", "b /* = */"] {
            assert!(!assigns(text), "{text}");
        }
    }

    #[test]
    fn calls() {
        assert_eq!(renamed("WRITE_ONCE (p, 0)", "WRITE_ONCE", "X").unwrap(), "X (p, 0)");
        assert_eq!(renamed("WRITE_ONCE_2(p)", "WRITE_ONCE", "X"), None);
        let source = SourceFile::new(b"if (READ_ONCE( p->a ))".to_vec());
        let call = enclosing_call(&source, Span::new(15, 19), "READ_ONCE").unwrap();
        assert_eq!(source.text(call), "READ_ONCE( p->a )");
        let other = SourceFile::new(b"MY_READ_ONCE(p)".to_vec());
        assert_eq!(enclosing_call(&other, Span::new(13, 14), "READ_ONCE"), None);
    }
}

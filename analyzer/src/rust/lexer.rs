//! Rust tokens as byte ranges, comments beside them, and how deep a text nests: what is asked before
//! syn reads it.

use crate::text::Span;
use crate::text::lexer::{Token, TokenKind, is_ident_byte};

/// The tokens and the comments of a file. Lifetimes count as identifiers, operators as their single
/// bytes, doc comments as comments.
#[derive(Debug, Default)]
pub(crate) struct Lexed {
    pub tokens: Vec<Token>,
    pub comments: Vec<Span>,
}

/// Reads a text. Never fails: what is not terminated ends with the text.
pub(crate) fn lex(bytes: &[u8]) -> Lexed {
    let mut found = Lexed::default();
    let mut at = 0;
    while at < bytes.len() {
        let rest = &bytes[at..];
        let start = at;
        let kind = match rest {
            [b'/', b'/', ..] => {
                at += memchr::memchr(b'\n', rest).unwrap_or(rest.len());
                found.comments.push(Span::new(start, at));
                continue;
            }
            [b'/', b'*', ..] => {
                at += block_comment(rest);
                found.comments.push(Span::new(start, at));
                continue;
            }
            [byte, ..] if byte.is_ascii_whitespace() => {
                at += 1;
                continue;
            }
            [b'"', ..] => {
                at += quoted(rest, 0, b'"');
                TokenKind::Str
            }
            [b'\'', ..] => match character(rest) {
                Some(length) => {
                    at += length;
                    TokenKind::Char
                }
                None => {
                    at += 1 + word(&rest[1..]);
                    TokenKind::Ident
                }
            },
            [byte, ..] if byte.is_ascii_digit() => {
                at += number(rest);
                TokenKind::Number
            }
            [byte, ..] if is_ident_byte(*byte) => match prefixed(rest) {
                Some(length) => {
                    at += length;
                    TokenKind::Str
                }
                None => {
                    let raw = rest.starts_with(b"r#") && rest.len() > 2 && is_ident_byte(rest[2]);
                    let skipped = if raw { 2 } else { 0 };
                    at += skipped + word(&rest[skipped..]);
                    TokenKind::Ident
                }
            },
            _ => {
                at += 1;
                TokenKind::Punct
            }
        };
        found.tokens.push(Token { kind, start: start as u32, end: at as u32 });
    }
    found
}

fn word(rest: &[u8]) -> usize {
    rest.iter().position(|byte| !is_ident_byte(*byte)).unwrap_or(rest.len())
}

fn number(rest: &[u8]) -> usize {
    let mut at = word(rest);
    // A fraction, but neither a range nor a method.
    if rest.get(at) == Some(&b'.') && rest.get(at + 1).is_some_and(u8::is_ascii_digit) {
        at += 1 + word(&rest[at + 1..]);
    }
    at
}

/// Block comments nest.
fn block_comment(rest: &[u8]) -> usize {
    let (mut depth, mut at) = (0usize, 0);
    while at < rest.len() {
        match &rest[at..] {
            [b'/', b'*', ..] => {
                depth += 1;
                at += 2;
            }
            [b'*', b'/', ..] => {
                depth -= 1;
                at += 2;
                if depth == 0 {
                    return at;
                }
            }
            _ => at += 1,
        }
    }
    rest.len()
}

/// Length of a literal with escapes whose opening quote stands at `open`.
fn quoted(rest: &[u8], open: usize, quote: u8) -> usize {
    let mut at = open + 1;
    while at < rest.len() {
        match rest[at] {
            b'\\' => at += 2,
            byte if byte == quote => return at + 1,
            _ => at += 1,
        }
    }
    rest.len()
}

/// Length of a character literal; `None` for a lifetime.
fn character(rest: &[u8]) -> Option<usize> {
    match rest.get(1)? {
        b'\\' => Some(quoted(rest, 0, b'\'')),
        byte if byte.is_ascii() => (rest.get(2) == Some(&b'\'')).then_some(3),
        _ => {
            let length = word(&rest[1..]);
            (rest.get(1 + length) == Some(&b'\'') && length <= 4).then_some(length + 2)
        }
    }
}

/// Length of a string or byte literal with letters in front: `b"..."`, `cr#"..."#`, `b'x'`.
fn prefixed(rest: &[u8]) -> Option<usize> {
    let letters = rest.iter().take(2).take_while(|byte| b"bcr".contains(byte)).count();
    for length in (1..=letters).rev() {
        let (letters, behind) = rest.split_at(length);
        let raw = letters.ends_with(b"r");
        let hashes = behind.iter().take_while(|byte| **byte == b'#').count();
        match behind.get(hashes) {
            Some(b'"') if raw => {
                let body = length + hashes + 1;
                let close: Vec<u8> =
                    std::iter::once(b'"').chain(std::iter::repeat_n(b'#', hashes)).collect();
                let end = memchr::memmem::find(&rest[body..], &close);
                return Some(end.map_or(rest.len(), |end| body + end + close.len()));
            }
            Some(b'"') if hashes == 0 => return Some(quoted(rest, length, b'"')),
            Some(b'\'') if letters == b"b" && hashes == 0 => {
                return Some(quoted(rest, length, b'\''));
            }
            _ => {}
        }
    }
    None
}

/// Brackets may nest so deep. The compiler gives up at 128 expansions and blocks.
const MOST_BRACKETS: usize = 256;
/// So many tokens may stand on the way from the top of a file to a token that could each open an
/// expression or type within the other: `!!!!x`, `a.b().c()`, `Box<Box<...>>`.
const MOST_TOKENS: usize = 8_000;

/// Whether a text can be read by a parser that recurses. A list (`,`), a sequence (`;`) and a block
/// that nothing continues begin anew.
pub(crate) fn is_shallow(bytes: &[u8], tokens: &[Token]) -> bool {
    let mut levels = vec![0usize];
    let mut total = 0usize;
    for (index, token) in tokens.iter().enumerate() {
        let level = levels.last_mut().expect("the level of the file stays");
        let begin = |level: &mut usize, total: &mut usize| {
            *total -= *level;
            *level = 0;
        };
        match token.text(bytes) {
            b"(" | b"[" | b"{" => {
                levels.push(0);
                if levels.len() > MOST_BRACKETS {
                    return false;
                }
            }
            close @ (b")" | b"]" | b"}") => {
                if levels.len() > 1 {
                    total -= levels.pop().unwrap_or_default();
                }
                let next = tokens.get(index + 1).map(|next| next.text(bytes));
                let goes_on = next.is_some_and(|next| {
                    matches!(next, b"else" | b"as")
                        || !is_ident_byte(next[0]) && !matches!(next, b"#" | b"}" | b")" | b"]")
                });
                if close == b"}" && !goes_on {
                    let level = levels.last_mut().expect("the level of the file stays");
                    begin(level, &mut total);
                }
            }
            b"," | b";" => begin(level, &mut total),
            _ => {
                *level += 1;
                total += 1;
                if total > MOST_TOKENS {
                    return false;
                }
            }
        }
    }
    true
}

/// The item at the top of a file that a place lies in, as its tokens tell: up to a `;`, or a block that
/// nothing continues.
pub(crate) fn item_around(bytes: &[u8], tokens: &[Token], place: u32) -> Option<Span> {
    let (mut depth, mut start) = (0usize, None);
    for (index, token) in tokens.iter().enumerate() {
        let first = *start.get_or_insert(token.start);
        let text = token.text(bytes);
        match text {
            b"(" | b"[" | b"{" => depth += 1,
            b")" | b"]" | b"}" => depth = depth.saturating_sub(1),
            _ => {}
        }
        let goes_on = tokens.get(index + 1).is_some_and(|next| {
            let next = next.text(bytes);
            !is_ident_byte(next[0]) && next != b"#"
        });
        if depth == 0 && (text == b";" || text == b"}" && !goes_on) {
            if (first..=token.end).contains(&place) {
                return Some(Span { start: first, end: token.end });
            }
            start = None;
        }
    }
    start.map(|start| Span { start, end: bytes.len() as u32 })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<&str> {
        let lexed = lex(text.as_bytes());
        lexed.tokens.iter().map(|token| &text[token.start as usize..token.end as usize]).collect()
    }

    #[test]
    fn lifetimes_characters_and_strings() {
        assert_eq!(words("&'a x"), ["&", "'a", "x"]);
        assert_eq!(words("'a' '\\'' b'\"' 'é'"), ["'a'", "'\\''", "b'\"'", "'é'"]);
        assert_eq!(
            words(r####"r#"a"b"# r#type br"\" c"x""####),
            [r###"r#"a"b"#"###, "r#type", r#"br"\""#, "c\"x\""]
        );
        assert_eq!(words("1..2 1.5 x.0.y"), ["1", ".", ".", "2", "1.5", "x", ".", "0", ".", "y"]);
    }

    #[test]
    fn comments_nest_and_are_none_in_strings() {
        let text = "a /* b /* c */ d */ e // f\n\"// g\"";
        assert_eq!(words(text), ["a", "e", "\"// g\""]);
        let comments = lex(text.as_bytes()).comments;
        let comments: Vec<_> = comments.iter().map(|comment| &text[comment.range()]).collect();
        assert_eq!(comments, ["/* b /* c */ d */", "// f"]);
    }

    #[test]
    fn whatever_the_bytes() {
        for text in ["'", "\"", "r#\"", "/*", "b'", "'\\", "r#", "\\", "'é", "0."] {
            lex(text.as_bytes());
        }
    }

    fn shallow(text: &str) -> bool {
        is_shallow(text.as_bytes(), &lex(text.as_bytes()).tokens)
    }

    #[test]
    fn items() {
        let text = "use a::{b};\n#[c] fn d() { e(); }\nconst F: [u8; 1] = [0];\nf";
        let item = |at: &str| {
            let tokens = lex(text.as_bytes()).tokens;
            let place = text.find(at).unwrap() as u32;
            item_around(text.as_bytes(), &tokens, place).map(|span| &text[span.range()])
        };
        assert_eq!(item("b}"), Some("use a::{b};"));
        assert_eq!(item("e()"), Some("#[c] fn d() { e(); }"));
        assert_eq!(item("[0]"), Some("const F: [u8; 1] = [0];"));
        assert_eq!(item("\nf"), Some("const F: [u8; 1] = [0];"));
    }

    #[test]
    fn depth() {
        assert!(shallow(&"fn f() { g(1, [2, 3]); }\n".repeat(10_000)));
        assert!(shallow(&format!("const A: [u8; 90000] = [{}];", "1, ".repeat(90_000))));
        assert!(!shallow(&"(".repeat(300)));
        assert!(!shallow(&format!("const A: bool = {}true;", "!".repeat(9_000))));
        assert!(!shallow(&format!("const A: u8 = x{};", ".a()".repeat(9_000))));
        assert!(!shallow(&format!("fn f() {{ if a {{}}{} }}", " else if a {}".repeat(9_000))));
        assert!(!shallow(&format!("type A = {}u8;", "&".repeat(9_000))));
        assert!(shallow("}}}) fn f() {}"));
    }
}

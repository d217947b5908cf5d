//! Comments that are addressed to this tool: `/* rculint: ... */`, `// rculint: ...`.

use std::path::Path;

use crate::rust::{self, Lexed, is_rust};
use crate::text::directives::Conditionals;
use crate::text::lexer::{Token, TokenKind, lex, lex_fragment};
use crate::text::{SourceFile, Span};

/// How a comment says that it is meant for this tool.
const ADDRESS: &[u8] = b"rculint:";

/// A comment that is addressed to this tool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// What follows the address, up to the end of the comment, without white space around it.
    pub text: String,
    /// Where that stands; where the bytes are not UTF-8, the text is longer.
    pub span: Span,
    /// The rows (from 1, the last one included) that the comment speaks of: its own; where it stands
    /// alone, those of the statement, declaration or preprocessor line below it instead.
    pub rows: (u32, u32),
}

/// The remarks of a file, in the language that its name tells.
pub fn remarks_of(path: &Path, source: &SourceFile) -> Vec<Remark> {
    match is_rust(path) {
        true => rust_remarks(source, &rust::lex(source.bytes())),
        false => remarks(source),
    }
}

/// The comments of a file of C that begin with `rculint:`; not in what is never compiled (`#if 0`).
pub fn remarks(source: &SourceFile) -> Vec<Remark> {
    let bytes = source.bytes();
    if memchr::memmem::find(bytes, ADDRESS).is_none() {
        return Vec::new();
    }
    let tokens = lex(bytes, 0, bytes.len());
    let mut found = Vec::new();
    let mut at = 0;
    let mut state = Conditionals::default();
    for (index, token) in tokens.iter().enumerate() {
        if !state.dead() {
            gap(bytes, at, token.start as usize, |comment, text| {
                found.push(remark(source, &tokens[index..], comment, text));
            });
        }
        if token.kind == TokenKind::Directive {
            state.step(token.text(bytes), (token.start, token.end), None);
        }
        if token.kind == TokenKind::Directive && !state.dead() {
            inside(bytes, token, |comment, text| {
                found.push(remark(source, &[], comment, text));
            });
        }
        at = token.end as usize;
    }
    gap(bytes, at, bytes.len(), |comment, text| {
        found.push(remark(source, &[], comment, text));
    });
    found
}

/// The remarks between two tokens, where there are white space and comments alone.
fn gap(bytes: &[u8], mut at: usize, end: usize, mut push: impl FnMut(Span, Span)) {
    while at < end {
        let rest = &bytes[at..end];
        let length = match rest {
            [b'/', b'*', inside @ ..] => {
                memchr::memmem::find(inside, b"*/").map_or(rest.len(), |close| close + 4)
            }
            [b'/', b'/', ..] => line_comment(rest),
            _ => {
                at += 1;
                continue;
            }
        };
        let comment = Span::new(at, at + length);
        if let Some(said) = addressed(bytes, comment) {
            push(comment, said);
        }
        at += length;
    }
}

/// What a comment says, if it is addressed to this tool.
fn addressed(bytes: &[u8], comment: Span) -> Option<Span> {
    let comment = &bytes[comment.range()];
    let inside = comment.get(2..)?;
    let inside = inside.strip_suffix(b"*/").unwrap_or(inside);
    // `/** ... */` and lines that begin with a star are decoration.
    let text = inside.trim_ascii_start();
    let text = text.strip_prefix(b"*").unwrap_or(text).trim_ascii_start();
    let said = text.strip_prefix(ADDRESS)?.trim_ascii();
    let start = said.as_ptr() as usize - bytes.as_ptr() as usize;
    Some(Span::new(start, start + said.len()))
}

/// The comments of Rust that begin with `rculint:`.
pub(crate) fn rust_remarks(source: &SourceFile, lexed: &Lexed) -> Vec<Remark> {
    let comments = lexed.comments.iter();
    let addressed = comments.filter_map(|at| Some((*at, addressed(source.bytes(), *at)?)));
    addressed
        .map(|(comment, said)| {
            let below = lexed.tokens.partition_point(|token| token.start < comment.end);
            remark(source, &lexed.tokens[below..], comment, said)
        })
        .collect()
}

/// Length of a comment up to the end of its line; a backslash there joins the next.
fn line_comment(rest: &[u8]) -> usize {
    let mut newlines = memchr::memchr_iter(b'\n', rest);
    newlines.find(|at| rest[at - 1] != b'\\').unwrap_or(rest.len())
}

/// The remarks inside a preprocessor line.
fn inside(bytes: &[u8], line: &Token, mut push: impl FnMut(Span, Span)) {
    let text = line.text(bytes);
    let mut at = 0;
    let tokens = lex_fragment(text);
    let ends = tokens.iter().map(|token| (token.start as usize, token.end as usize));
    for (start, end) in ends.chain([(text.len(), text.len())]) {
        gap(text, at, start, |comment, said| {
            let base = line.start as usize;
            push(comment.shifted(base), said.shifted(base));
        });
        at = end;
    }
}

/// `below` are the tokens that follow, where the comment may stand alone above them.
fn remark(source: &SourceFile, below: &[Token], comment: Span, said: Span) -> Remark {
    let own =
        (source.position(comment.start).row, source.position(comment.end.saturating_sub(1)).row);
    let alone = is_blank_before(source.bytes(), comment.start as usize);
    let rows = match below.first() {
        Some(first) if alone && source.position(first.start).row > own.1 => {
            let last = statement_end(source.bytes(), below);
            (source.position(first.start).row, source.position(last.saturating_sub(1)).row)
        }
        _ => own,
    };
    Remark { text: source.text(said), span: said, rows }
}

/// Whether nothing but white space and comments stands before a place in its line.
fn is_blank_before(bytes: &[u8], at: usize) -> bool {
    let start =
        bytes[..at].iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1);
    let before = bytes[start..at].trim_ascii();
    before.is_empty() || before.starts_with(b"/*") && before.ends_with(b"*/")
}

/// Where the statement ends that begins with the first of some tokens.
fn statement_end(bytes: &[u8], tokens: &[Token]) -> u32 {
    let mut depth = 0usize;
    for token in tokens {
        match token.text(bytes) {
            _ if token.kind == TokenKind::Directive => return token.end,
            b"(" | b"[" => depth += 1,
            b")" | b"]" => depth = depth.saturating_sub(1),
            b";" | b"{" | b"}" if depth == 0 => return token.end,
            _ => {}
        }
    }
    tokens.last().map_or(0, |token| token.end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> Vec<(String, (u32, u32))> {
        let source = SourceFile::new(text.as_bytes().to_vec());
        let found = remarks(&source);
        for remark in &found {
            assert_eq!(source.text(remark.span), remark.text);
        }
        found.into_iter().map(|remark| (remark.text, remark.rows)).collect()
    }

    fn one(text: &str) -> (String, (u32, u32)) {
        let found = said(text);
        assert_eq!(found.len(), 1, "{text}");
        found[0].clone()
    }

    #[test]
    fn beside_and_above() {
        assert_eq!(one("x; /* rculint: a b */\ny;"), ("a b".to_owned(), (1, 1)));
        assert_eq!(one("x; // rculint:a\ny;"), ("a".to_owned(), (1, 1)));
        assert_eq!(one("x;\n\t// rculint: a\n\n\ty;"), ("a".to_owned(), (4, 4)));
        assert_eq!(one("/* rculint: a\n * b */\ny(1;\n2)\n;z"), ("a\n * b".to_owned(), (3, 5)));
        assert_eq!(one("/* rculint: a */\n/* more */\ny;"), ("a".to_owned(), (3, 3)));
        assert_eq!(one("/* rculint: a */ y;\nz;"), ("a".to_owned(), (1, 1)));
        assert_eq!(one("/*\n * rculint: a\n */\nif (x) {\n}"), ("a".to_owned(), (4, 4)));
        assert_eq!(one("x;\n// rculint: a"), ("a".to_owned(), (2, 2)));
    }

    #[test]
    fn in_macros() {
        assert_eq!(one("/* rculint: a */\n#define X \\\n\ty\nz;"), ("a".to_owned(), (2, 3)));
        assert_eq!(one("#define X \\\n\ty /* rculint: a */\nz;"), ("a".to_owned(), (2, 2)));
    }

    #[test]
    fn what_is_never_compiled_says_nothing() {
        assert!(said("#if 0\n// rculint: a\nx;\n#define Y /* rculint: b */\n#endif\n").is_empty());
        assert_eq!(one("#if 0\n#else\nx; // rculint: a\n#endif\n"), ("a".to_owned(), (3, 3)));
    }

    #[test]
    fn strings_and_prose_say_nothing() {
        assert!(said("s = \"/* rculint: a */\"; c = '\"'; /* see rculint: a */").is_empty());
        assert!(said("#define S \"// rculint: a\"\n").is_empty());
    }

    #[test]
    fn in_rust() {
        let text = "let a: &'a T = x; // rculint: a \\\n    // rculint: b\n    y(1,\n2);\n\"// rculint: c\"";
        let source = SourceFile::new(text.as_bytes().to_vec());
        let found = rust_remarks(&source, &crate::rust::lex(text.as_bytes()));
        let found: Vec<_> = found.iter().map(|one| (one.text.as_str(), one.rows)).collect();
        assert_eq!(found, [("a \\", (1, 1)), ("b", (3, 4))]);
    }

    #[test]
    fn whatever_the_bytes() {
        for text in [
            "/* rculint:",
            "// rculint:",
            "#\\\n// rculint: \\",
            "/*/ rculint:*/",
            "//\\\nrculint:",
        ] {
            said(text);
        }
        let odd = b"x; // rculint: \xff\xfe".to_vec();
        assert_eq!(remarks(&SourceFile::new(odd)).len(), 1);
    }
}

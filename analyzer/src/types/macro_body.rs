//! A macro's body as code of its own: parameters stay names where they stand for expressions, and
//! every token knows its place in the `#define`.

use crate::index::IndexedFile;
use crate::text::Span;
use crate::text::directives::keyword;
use crate::text::lexer::{TokenKind, lex, lex_fragment};
use crate::types::MacroDef;

/// The body of a macro with some of its parameters replaced.
pub(crate) struct MacroBody {
    /// The code.
    pub text: String,
    /// For each token of the code: where it ends, and the token of the body that it comes from.
    tokens: Vec<Origin>,
}

#[derive(Clone, Copy)]
struct Origin {
    end: u32,
    token: u32,
    argument: bool,
}

/// Longer bodies are not worth it.
const MOST_BYTES: usize = 1 << 14;

impl MacroBody {
    /// The body of `def`. `arguments` has the text of each argument; those that `is_expression`
    /// stay names except where only text will do: as a member's name, pasted or quoted.
    pub fn new(
        def: &MacroDef,
        arguments: &[&str],
        is_expression: impl Fn(usize) -> bool,
    ) -> Option<MacroBody> {
        let parameters = def.parameters.as_deref()?;
        let text = def.body.as_bytes();
        let tokens = lex_fragment(text);
        let rest = arguments.get(parameters.len().saturating_sub(1)..).unwrap_or(&[]).join(", ");
        let argument = |at: usize| match arguments.get(at) {
            _ if def.variadic && at + 1 == parameters.len() => rest.as_str(),
            Some(argument) => argument.trim(),
            None => "",
        };
        let is = |at: Option<usize>, punct: &[u8]| {
            at.and_then(|at| tokens.get(at)).is_some_and(|token| token.is(text, punct))
        };
        let mut out = MacroBody { text: String::new(), tokens: Vec::new() };
        let mut end = 0;
        for (index, token) in tokens.iter().enumerate() {
            let word = token.text(text);
            let before = index.checked_sub(1);
            let glued = is(before, b"##");
            let gap = token.start > end;
            end = token.end;
            if token.is(text, b"##") || token.is(text, b"#") || word == b"__VA_OPT__" {
                continue;
            }
            if gap && !glued {
                out.text.push(' ');
            }
            let parameter = (token.kind == TokenKind::Ident)
                .then(|| parameters.iter().position(|name| name.as_bytes() == word))
                .flatten();
            let Some(at) = parameter else {
                out.push(&String::from_utf8_lossy(word), index, false);
                continue;
            };
            if is(before, b"#") {
                out.push("\"\"", index, true);
            } else if glued || is(Some(index + 1), b"##") {
                // `, ## rest` with nothing in it drops the comma.
                if argument(at).is_empty() && out.text.ends_with(',') {
                    out.text.pop();
                    out.tokens.pop();
                }
                out.push(argument(at), index, true);
            } else if is(before, b"->") || is(before, b".") || !is_expression(at) {
                out.push(argument(at), index, true);
            } else {
                out.push(&parameters[at], index, false);
            }
            if out.text.len() > MOST_BYTES {
                return None;
            }
        }
        Some(out)
    }

    fn push(&mut self, text: &str, token: usize, argument: bool) {
        self.text.push_str(text);
        let end = self.text.len() as u32;
        self.tokens.push(Origin { end, token: token as u32, argument });
    }

    fn origin(&self, at: u32) -> Option<Origin> {
        self.tokens.get(self.tokens.partition_point(|origin| origin.end <= at)).copied()
    }

    /// Whether the byte at this offset of the code comes from an argument.
    pub fn is_argument(&self, at: u32) -> bool {
        self.origin(at).is_none_or(|origin| origin.argument)
    }

    /// The place in the file of the definition that a span of the code comes from, and its text
    /// with the white space folded.
    pub fn place(&self, def: &MacroDef, file: &IndexedFile, span: Span) -> Option<(Span, String)> {
        let first = self.origin(span.start)?.token as usize;
        let last = self.origin(span.end.checked_sub(1)?)?.token as usize;
        let line = file.source().slice(def.span);
        let (_, at) = keyword(line);
        let tokens = lex(line, at, line.len());
        let length = lex_fragment(def.body.as_bytes()).len();
        let body = tokens.get(tokens.len().checked_sub(length)?..)?;
        let (first, last) = (body.get(first)?, body.get(last)?);
        let span = Span { start: first.start, end: last.end };
        let text = String::from_utf8_lossy(&line[span.range()]).replace("\\\n", " ");
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        Some((span.shifted(def.span.start as usize), text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(line: &str, arguments: &[&str], expressions: &[usize]) -> MacroBody {
        let def = MacroDef::read(line.as_bytes(), 0).unwrap();
        MacroBody::new(&def, arguments, |at| expressions.contains(&at)).unwrap()
    }

    #[test]
    fn parameters_stay_names_where_they_can() {
        let line = "#define M(p, m, v) do { (p)->m = v; p##_x(#v); } while (0)";
        let body = body(line, &["a->b", "c", "d + 1"], &[0, 2]);
        assert_eq!(body.text, "do { (p)->c = v; a->b_x(\"\"); } while (0)");
        assert!(!body.is_argument(6) && body.is_argument(10) && !body.is_argument(14));
    }

    #[test]
    fn an_empty_rest_drops_the_comma() {
        assert_eq!(body("#define M(f, args...) g(f, ## args)", &["x"], &[0]).text, "g(f)");
    }
}

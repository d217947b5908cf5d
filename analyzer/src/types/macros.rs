//! Macro definitions and the substitution of their arguments.

use std::sync::OnceLock;

use crate::text::Span;
use crate::text::directives::keyword;
use crate::text::lexer::{Token, TokenKind, called, is_ident_byte, lex, lex_fragment};

/// A `#define`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MacroDef {
    /// Its name.
    pub name: Box<str>,
    /// Parameter names of a function-like macro; the last one of a variadic macro takes the rest.
    pub parameters: Option<Vec<Box<str>>>,
    /// Whether the last parameter takes the rest.
    pub variadic: bool,
    /// The replacement, comments and continuation lines replaced by blanks.
    pub body: Box<str>,
    /// The `#define` line in its file.
    pub span: Span,
    /// Where the name begins on that line, in bytes.
    name_at: u32,
    called: OnceLock<Box<[Box<str>]>>,
}

/// Macros with more parameters are not read.
const MOST_PARAMETERS: usize = 256;

/// Longer expansions are not worth it.
const MOST_BYTES: usize = 1 << 16;

impl MacroDef {
    /// Reads a `#define` line that begins at `start` of its file.
    pub fn read(line: &[u8], start: u32) -> Option<MacroDef> {
        let (_, at) = keyword(line);
        let tokens = lex(line, at, line.len());
        let name = tokens.first().filter(|token| token.kind == TokenKind::Ident)?;
        let function_like = line.get(name.end as usize) == Some(&b'(');
        let mut parameters = Vec::new();
        let mut variadic = false;
        let mut next = 1;
        if function_like {
            next = 2;
            loop {
                let token = tokens.get(next)?;
                next += 1;
                match token.text(line) {
                    b")" => break,
                    b"," => {}
                    b"..." => {
                        variadic = true;
                        // `args...` names the rest; a lone `...` is __VA_ARGS__.
                        let named = tokens[next - 2].kind == TokenKind::Ident && next > 3;
                        if !named {
                            parameters.push("__VA_ARGS__".into());
                        }
                    }
                    word => parameters.push(String::from_utf8_lossy(word).into()),
                }
                if parameters.len() > MOST_PARAMETERS {
                    return None;
                }
            }
        }
        let body = blanked(line, &tokens[next..]);
        let span = Span::new(0, line.len()).shifted(start as usize);
        Some(MacroDef {
            name: String::from_utf8_lossy(name.text(line)).into(),
            parameters: function_like.then_some(parameters),
            variadic,
            body: body.into(),
            span,
            name_at: name.start,
            called: OnceLock::new(),
        })
    }

    /// The names that stand before a parenthesis in its replacement.
    pub(crate) fn called(&self) -> &[Box<str>] {
        self.called.get_or_init(|| called(self.body.as_bytes()))
    }

    /// The name in its file.
    pub fn name_span(&self) -> Span {
        let start = self.span.start + self.name_at;
        Span { start, end: start + self.name.len() as u32 }
    }

    /// The parameter that takes argument `index`.
    pub fn parameter(&self, index: usize) -> Option<&str> {
        let parameters = self.parameters.as_ref()?;
        let last = parameters.len().checked_sub(1)?;
        let at = if self.variadic { index.min(last) } else { index };
        parameters.get(at).map(|name| &**name)
    }

    /// The replacement with these arguments in it.
    pub fn substitute(&self, arguments: &[&str]) -> String {
        let Some(parameters) = &self.parameters else { return paste(&self.body) };
        let text = self.body.as_bytes();
        let tokens = lex_fragment(text);
        let last = parameters.len().saturating_sub(1);
        let rest = arguments.get(last..).unwrap_or(&[]).join(", ");
        let argument = |name: &[u8]| -> Option<&str> {
            let at = parameters.iter().position(|p| p.as_bytes() == name)?;
            Some(match arguments.get(at) {
                _ if self.variadic && at == last => &rest,
                Some(argument) => argument.trim(),
                None => "",
            })
        };
        let mut out = String::with_capacity(self.body.len() * 2);
        let mut end = 0;
        for (index, token) in tokens.iter().enumerate() {
            let gap = token.start as usize > end;
            end = token.end as usize;
            if gap {
                out.push(' ');
            }
            let word = token.text(text);
            let is = |at: Option<usize>, punct: &[u8]| {
                at.and_then(|at| tokens.get(at)).is_some_and(|t| t.is(text, punct))
            };
            if word == b"__VA_OPT__" {
                continue;
            }
            if token.kind == TokenKind::Punct && word == b"#" {
                continue;
            }
            match argument(word).filter(|_| token.kind == TokenKind::Ident) {
                Some(value) if is(index.checked_sub(1), b"#") => {
                    out.push('"');
                    out.extend(value.chars().filter(|c| !matches!(c, '"' | '\\' | '\n')));
                    out.push('"');
                }
                Some(value) => {
                    let pasted = is(index.checked_sub(1), b"##") || is(Some(index + 1), b"##");
                    if !pasted {
                        out.push(' ');
                    }
                    out.push_str(value);
                    if !pasted {
                        out.push(' ');
                    }
                }
                None => out.push_str(&String::from_utf8_lossy(word)),
            }
            if out.len() > MOST_BYTES {
                return String::new();
            }
        }
        paste(&out)
    }
}

/// Performs `##`.
fn paste(text: &str) -> String {
    if !text.contains("##") {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut parts = text.split("##").peekable();
    while let Some(part) = parts.next() {
        let part = if out.is_empty() { part } else { part.trim_start() };
        // `, ## __VA_ARGS__` with nothing in it drops the comma.
        let dropped = parts.peek().is_some_and(|next| {
            next.trim_start().starts_with([')', ';']) || next.trim().is_empty()
        }) && part.trim_end().ends_with(',');
        let part = if parts.peek().is_some() { part.trim_end() } else { part };
        out.push_str(if dropped { part.trim_end_matches(',') } else { part });
    }
    out
}

/// The text of some tokens with blanks for everything between them.
fn blanked(text: &[u8], tokens: &[Token]) -> String {
    let mut out = String::new();
    let mut end = tokens.first().map_or(0, |token| token.start);
    for token in tokens {
        if token.start > end {
            out.push(' ');
        }
        out.push_str(&String::from_utf8_lossy(token.text(text)));
        end = token.end;
    }
    out
}

/// The arguments of a call, as text: what stands between the parentheses, split at its commas.
pub fn split_arguments(text: &str) -> Vec<&str> {
    let bytes = text.as_bytes();
    let mut out = Vec::new();
    let (mut depth, mut start) = (0usize, 0);
    for token in lex_fragment(bytes) {
        match token.text(bytes) {
            b"(" | b"[" | b"{" => depth += 1,
            b")" | b"]" | b"}" => depth = depth.saturating_sub(1),
            b"," if depth == 0 => {
                out.push(text[start..token.start as usize].trim());
                start = token.end as usize;
            }
            _ => {}
        }
    }
    let last = text[start..].trim();
    if !(out.is_empty() && last.is_empty()) {
        out.push(last);
    }
    out
}

/// Expands every macro call in a text, as the preprocessor would. `lookup` gives definitions.
pub fn expand_all(
    text: &str,
    lookup: &dyn Fn(&str) -> Option<std::sync::Arc<MacroDef>>,
    depth: usize,
) -> String {
    Expander { lookup, active: Vec::new(), bytes_left: MOST_WORK }.expand(text, depth)
}

/// Macros that use their parameters several times, nested, grow exponentially.
const MOST_WORK: usize = 1 << 19;

struct Expander<'l> {
    lookup: &'l dyn Fn(&str) -> Option<std::sync::Arc<MacroDef>>,
    active: Vec<Box<str>>,
    bytes_left: usize,
}

impl Expander<'_> {
    fn expand(&mut self, text: &str, depth: usize) -> String {
        if depth == 0 || text.len() > self.bytes_left {
            self.bytes_left = 0;
            return text.to_owned();
        }
        self.bytes_left -= text.len();
        let bytes = text.as_bytes();
        let tokens = lex_fragment(bytes);
        let mut out = String::with_capacity(text.len());
        let mut at = 0;
        let mut index = 0;
        while index < tokens.len() {
            let token = tokens[index];
            index += 1;
            let word = &text[token.start as usize..token.end as usize];
            if token.kind != TokenKind::Ident || self.active.iter().any(|name| **name == *word) {
                continue;
            }
            let Some(def) = (self.lookup)(word) else { continue };
            let mut end = token.end as usize;
            let mut arguments = Vec::new();
            if def.parameters.is_some() {
                if !tokens.get(index).is_some_and(|next| next.is(bytes, b"(")) {
                    continue;
                }
                let Some(close) = closing(bytes, &tokens, index) else { continue };
                let inside = &text[tokens[index].end as usize..tokens[close].start as usize];
                // Arguments that are pasted stay as written; the others are expanded first.
                let pasted = def.body.contains('#');
                arguments = split_arguments(inside)
                    .into_iter()
                    .map(|argument| {
                        if pasted { argument.to_owned() } else { self.expand(argument, depth - 1) }
                    })
                    .collect();
                end = tokens[close].end as usize;
                index = close + 1;
            }
            let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
            let replaced = def.substitute(&arguments);
            self.active.push(word.into());
            let replaced = self.expand(&replaced, depth - 1);
            self.active.pop();
            out.push_str(&text[at..token.start as usize]);
            if out.as_bytes().last().is_some_and(|byte| is_ident_byte(*byte)) {
                out.push(' ');
            }
            out.push_str(&replaced);
            at = end;
            if out.len() > MOST_BYTES {
                return String::new();
            }
        }
        out.push_str(&text[at..]);
        out
    }
}

fn closing(bytes: &[u8], tokens: &[Token], open: usize) -> Option<usize> {
    let mut depth = 0usize;
    for (index, token) in tokens.iter().enumerate().skip(open) {
        match token.text(bytes) {
            b"(" => depth += 1,
            b")" => {
                depth -= 1;
                if depth == 0 {
                    return Some(index);
                }
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn def(line: &str) -> MacroDef {
        MacroDef::read(line.as_bytes(), 0).unwrap()
    }

    #[test]
    fn arguments_are_substituted_and_pasted() {
        let macro_def = def("#define M(a, b...) x_##a = f(a, #a, ##b) /* c */ + \\\n 1");
        let squeezed = |text: String| text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(
            squeezed(macro_def.substitute(&["p", "q", "r"])),
            r#"x_p = f( p , "p",q, r) + 1"#
        );
        assert_eq!(squeezed(macro_def.substitute(&["p"])), r#"x_p = f( p , "p") + 1"#);
    }

    #[test]
    fn function_like_needs_the_parenthesis_at_once() {
        assert!(def("#define A (x)").parameters.is_none());
        assert_eq!(def("#define A() (x)").parameters, Some(Vec::new()));
    }

    #[test]
    fn expansion_goes_on_until_nothing_is_left() {
        let defs = [def("#define A(x) B(x)"), def("#define B(x) A(x) + x##_t"), def("#define C D")];
        let lookup = |name: &str| {
            defs.iter().find(|d| &*d.name == name).map(|d| std::sync::Arc::new(d.clone()))
        };
        let text = expand_all("A(C)", &lookup, 20);
        assert_eq!(text.split_whitespace().collect::<String>(), "A(D)+D_t");
    }
}

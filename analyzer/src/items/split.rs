//! Cutting a file into top-level items.

use crate::items::names::{declared, name_key};
use crate::items::{FileItems, Include, Item, ItemKind, Name, Space};
use crate::text::Span;
use crate::text::directives::{Condition, Conditionals, Directive, Step, directive, keyword};
use crate::text::lexer::{Token, TokenKind, lex};

/// Cuts a file into items. Every token that can be compiled is in exactly one item; code that is
/// never compiled (`#if 0`) is in none.
pub fn scan(bytes: &[u8]) -> FileItems {
    let tokens = lex(bytes, 0, bytes.len());
    let mut scanner = Scanner {
        bytes,
        out: FileItems { conditions: vec![Condition::default()], ..FileItems::default() },
        state: Conditionals::default(),
        arms: Vec::new(),
        condition: 0,
        arm: None,
        depth: 0,
        item: Vec::new(),
        head: Head::default(),
        item_condition: 0,
        item_arm: None,
    };
    for (index, token) in tokens.iter().enumerate() {
        if token.kind == TokenKind::Directive {
            let next = tokens.get(index + 1).filter(|t| t.kind == TokenKind::Directive);
            scanner.directive(*token, next.map(|t| t.text(bytes)));
        } else if !scanner.state.dead() {
            scanner.token(*token, &tokens[index + 1..]);
        }
    }
    let function = scanner.head.is_function == Some(true);
    scanner.finish(if function { ItemKind::Function } else { ItemKind::Declaration });
    scanner.out
}

struct Scanner<'a> {
    bytes: &'a [u8],
    out: FileItems,
    state: Conditionals,
    /// For each open conditional: the depth where it opened and the depth where its first arm
    /// ended. Later arms start over from the former; what follows goes on from the latter.
    arms: Vec<(usize, Option<usize>)>,
    condition: u32,
    arm: Option<Span>,
    depth: usize,
    item: Vec<Token>,
    head: Head,
    item_condition: u32,
    item_arm: Option<Span>,
}

/// What is known of an item from its tokens so far.
#[derive(Default)]
struct Head {
    depth: usize,
    /// Parentheses that may be a function's stand in it.
    group: bool,
    /// The index of the first opening parenthesis and, once known, of its partner.
    first: Option<(usize, Option<usize>)>,
    first_depth: usize,
    /// Set once a token has decided it.
    is_function: Option<bool>,
    /// `MACRO(x) { .member = ... }`
    values: bool,
}

impl Scanner<'_> {
    fn directive(&mut self, token: Token, next: Option<&[u8]>) {
        let line = token.text(self.bytes);
        let kind = directive(line);
        let was_dead = self.state.dead();
        match self.state.step(line, (token.start, token.end), next) {
            Step::Opened => self.arms.push((self.depth, None)),
            Step::NextArm => {
                if let Some((opened, first)) = self.arms.last_mut() {
                    if !was_dead {
                        first.get_or_insert(self.depth);
                    }
                    self.depth = *opened;
                }
            }
            Step::Closed => {
                if let Some((opened, first)) = self.arms.pop() {
                    let last = if was_dead { opened } else { self.depth };
                    self.depth = first.unwrap_or(last);
                }
            }
            Step::Unmatched(_) | Step::None => {
                if !was_dead {
                    match kind {
                        Directive::Include => self.out.includes.extend(include(line)),
                        Directive::Define => self.define(token),
                        _ => {}
                    }
                }
                return;
            }
        }
        let condition = self.state.condition();
        self.condition = match self.out.conditions.iter().rposition(|known| *known == condition) {
            Some(known) => known as u32,
            None => {
                self.out.conditions.push(condition);
                self.out.conditions.len() as u32 - 1
            }
        };
        self.arm = self.state.line().map(|(start, end)| Span { start, end });
    }


    fn define(&mut self, token: Token) {
        let line = token.text(self.bytes);
        let (_, at) = keyword(line);
        let mut rest = &line[at..];
        rest = rest.trim_ascii_start();
        let end = rest.iter().position(|b| !crate::text::lexer::is_ident_byte(*b));
        let (name, body) = rest.split_at(end.unwrap_or(rest.len()));
        // Register headers hold millions of numbers; a number has no type worth a look.
        if name.is_empty() || is_number(body) {
            return;
        }
        let index = self.out.items.len() as u32;
        self.out.items.push(Item {
            kind: ItemKind::Define,
            span: Span { start: token.start, end: token.end },
            condition: self.condition,
            annotated: has_annotation(line),
            arm: self.arm,
        });
        self.out.names.push(Name { key: name_key(name, Space::Macro), item: index });
    }

    fn token(&mut self, token: Token, rest: &[Token]) {
        let bytes = self.bytes;
        if self.item.is_empty() {
            if matches!(token.text(bytes), b";" | b"}" | b")" | b"]") {
                return;
            }
            self.item_condition = self.condition;
            self.item_arm = self.arm;
        } else if self.depth == 0 && self.ends_as_macro_call(token) {
            self.finish(ItemKind::MacroCall);
            self.token(token, rest);
            return;
        }
        self.push(token);
        if token.kind != TokenKind::Punct {
            return;
        }
        match token.text(bytes) {
            b"(" | b"[" | b"{" => self.depth += 1,
            b")" | b"]" => self.depth = self.depth.saturating_sub(1),
            b"}" => {
                self.depth = self.depth.saturating_sub(1);
                let ends = self.depth == 0 || self.column_0(token) && self.starts_item(rest);
                if ends && self.head.is_function == Some(true) {
                    self.depth = 0;
                    self.finish(ItemKind::Function);
                }
            }
            b";" if self.depth == 0 => {
                let macro_call = self.is_macro_call();
                self.finish(if macro_call { ItemKind::MacroCall } else { ItemKind::Declaration });
            }
            _ => {}
        }
    }

    fn column_0(&self, token: Token) -> bool {
        token.start == 0 || self.bytes[token.start as usize - 1] == b'\n'
    }

    /// Whether the next token looks like the start of an item, though braces are open: some
    /// function's arms do not balance. Others just have a brace at the margin.
    fn starts_item(&self, rest: &[Token]) -> bool {
        let mut next = rest.iter().filter(|token| token.kind != TokenKind::Directive);
        let Some(first) = next.next() else { return true };
        let label = next.next().is_some_and(|token| token.is(self.bytes, b":"));
        first.kind == TokenKind::Ident && self.column_0(*first) && !label
    }

    fn push(&mut self, token: Token) {
        let index = self.item.len();
        self.item.push(token);
        let bytes = self.bytes;
        let word = token.text(bytes);
        let before = |back: usize| {
            index.checked_sub(back).map_or(&b""[..], |at| self.item[at].text(bytes))
        };
        let head = &mut self.head;
        match word {
            b"{" if head.depth == 0 && head.is_function.is_none() => {
                let tag = |word: &[u8]| matches!(word, b"struct" | b"union" | b"enum");
                head.is_function = Some(head.group && !tag(before(1)) && !tag(before(2)));
            }
            b"=" if head.depth == 0 && head.is_function.is_none() => {
                head.is_function = Some(false);
            }
            b"typedef" if index == 0 => head.is_function = Some(false),
            b"." | b"[" if head.is_function == Some(true) && before(1) == b"{" => {
                // The body's first token: these are initialisers.
                let body = self.item[..index - 1].last().is_some_and(|t| t.is(bytes, b")"));
                if body && head.first.is_some_and(|(_, close)| close == Some(index - 2)) {
                    head.is_function = Some(false);
                    head.values = true;
                }
            }
            b"(" => {
                let attribute = index > 0
                    && matches!(before(1), b"__attribute__" | b"__attribute" | b"__aligned");
                head.group |= head.depth == 0 && !attribute;
                if head.first.is_none() {
                    head.first = Some((index, None));
                    head.first_depth = head.depth;
                }
                head.depth += 1;
            }
            b"[" => head.depth += 1,
            b")" | b"]" => {
                head.depth = head.depth.saturating_sub(1);
                match &mut head.first {
                    Some((_, close @ None)) if head.depth == head.first_depth => {
                        *close = Some(index);
                    }
                    _ => {}
                }
            }
            _ => {}
        }
    }

    /// Whether the item so far is `NAME(...)` without a semicolon, followed by another item.
    fn ends_as_macro_call(&self, next: Token) -> bool {
        let Some(last) = self.item.last().filter(|_| next.kind == TokenKind::Ident) else {
            return false;
        };
        let gap = &self.bytes[last.end as usize..next.start as usize];
        if !gap.contains(&b'\n') {
            return false;
        }
        // A line between them that is empty or a preprocessor's.
        let apart = gap.iter().filter(|byte| **byte == b'\n').count() > 1;
        let next_word = next.text(self.bytes);
        let Some((open, close)) = self.head.first else {
            // `LAST_ENTRY`, a line of its own.
            let word = last.text(self.bytes);
            let starts = matches!(next_word, b"static" | b"extern" | b"struct" | b"typedef");
            return self.item.len() == 1
                && is_upper(word)
                && word.contains(&b'_')
                && (is_upper(next_word) && next_word.contains(&b'_') || apart && starts);
        };
        if self.head.values && last.is(self.bytes, b"}") {
            return true;
        }
        if close != Some(self.item.len() - 1) {
            // `MACHINE(x) .member = y, MACHINE_END`
            return close.is_some_and(|close| self.item[close + 1].is(self.bytes, b"."))
                && last.is(self.bytes, b",")
                && self.column_0(next);
        }
        if open == 0 {
            return false;
        }
        let name = self.item[open - 1].text(self.bytes);
        let storage = matches!(next_word, b"static" | b"extern" | b"typedef" | b"module_init");
        let decoration = name.starts_with(b"__") && !apart && next_word != name;
        match open {
            1 => !decoration,
            2 => !decoration && storage,
            _ => false,
        }
    }

    fn is_macro_call(&self) -> bool {
        let open = match self.item.get(1) {
            Some(second) if second.is(self.bytes, b"(") => 1,
            Some(_) if self.item.get(2).is_some_and(|t| t.is(self.bytes, b"(")) => 2,
            _ => {
                // `static __decoration DEFINE_X(...)`
                let group = self.item.iter().position(|t| t.is(self.bytes, b"("));
                match group {
                    Some(open)
                        if open > 2
                            && self.item[..open - 1].iter().all(|t| {
                                let w = t.text(self.bytes);
                                w.starts_with(b"__") || matches!(w, b"static" | b"extern")
                            })
                            && is_upper(self.item[open - 1].text(self.bytes)) =>
                    {
                        open
                    }
                    _ => return false,
                }
            }
        };
        let name = self.item[open - 1];
        let pointer = self.item.get(open + 1).is_some_and(|t| t.is(self.bytes, b"*"));
        if name.kind != TokenKind::Ident || pointer {
            return false;
        }
        let prefix_is_storage =
            open == 1 || matches!(self.item[0].text(self.bytes), b"static" | b"extern") || open > 2;
        // `DEFINE_X(name) = { ... };` is one as well.
        prefix_is_storage
            && (self.head.values || self.group_ends_item(open) || is_upper(name.text(self.bytes)))
    }

    /// Whether the group that opens at item token `open` closes at the item's last token (or the
    /// one before a final semicolon).
    fn group_ends_item(&self, open: usize) -> bool {
        let mut depth = 0usize;
        for (index, token) in self.item.iter().enumerate().skip(open) {
            match token.text(self.bytes) {
                b"(" => depth += 1,
                b")" => {
                    depth = depth.saturating_sub(1);
                    if depth == 0 {
                        let rest = &self.item[index + 1..];
                        return rest.is_empty()
                            || rest.len() == 1 && rest[0].is(self.bytes, b";");
                    }
                }
                _ => {}
            }
        }
        false
    }

    fn finish(&mut self, kind: ItemKind) {
        self.depth = 0;
        self.head = Head::default();
        let tokens = std::mem::take(&mut self.item);
        let (Some(first), Some(last)) = (tokens.first(), tokens.last()) else { return };
        let index = self.out.items.len() as u32;
        let span = Span { start: first.start, end: last.end };
        let annotated = has_annotation(&self.bytes[span.range()]);
        self.out.items.push(Item {
            kind,
            span,
            condition: self.item_condition,
            annotated,
            arm: self.item_arm,
        });
        declared(self.bytes, &tokens, kind, |key| self.out.names.push(Name { key, item: index }));
        self.item = tokens;
        self.item.clear();
    }
}

fn include(line: &[u8]) -> Option<Include> {
    let (_, at) = keyword(line);
    let rest = line[at..].trim_ascii();
    let close = match rest.first()? {
        b'"' => b'"',
        b'<' => b'>',
        _ => return None,
    };
    let end = memchr::memchr(close, &rest[1..])?;
    let path = std::str::from_utf8(&rest[1..=end]).ok()?;
    Some(Include { path: path.into(), quoted: close == b'"' })
}

/// The `#include` lines of a file, those in comments and dead code among them.
pub(super) fn includes(bytes: &[u8]) -> Vec<Include> {
    let mut found = Vec::new();
    for at in memchr::memmem::find_iter(bytes, b"include") {
        let line_start = memchr::memrchr(b'\n', &bytes[..at]).map_or(0, |newline| newline + 1);
        if bytes[line_start..at].trim_ascii() == b"#" {
            let end = memchr::memchr(b'\n', &bytes[at..]).map_or(bytes.len(), |end| at + end);
            let start = line_start + bytes[line_start..at].iter().position(|b| *b == b'#').unwrap_or(0);
            found.extend(include(&bytes[start..end]));
        }
    }
    found
}

fn is_upper(word: &[u8]) -> bool {
    !word.iter().any(u8::is_ascii_lowercase)
}

fn has_annotation(text: &[u8]) -> bool {
    memchr::memmem::find(text, b"__rcu").is_some()
}

fn is_number(body: &[u8]) -> bool {
    let body = body.trim_ascii();
    let body = body.strip_prefix(b"(").and_then(|b| b.strip_suffix(b")")).unwrap_or(body);
    body.first().is_some_and(u8::is_ascii_digit) && body.iter().all(u8::is_ascii_alphanumeric)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(source: &str) -> Vec<(ItemKind, String)> {
        let bytes = source.as_bytes();
        scan(bytes)
            .items
            .iter()
            .map(|item| (item.kind, String::from_utf8_lossy(&bytes[item.span.range()]).into_owned()))
            .collect()
    }

    fn declares(source: &str, name: &str, space: Space) -> bool {
        scan(source.as_bytes()).names.iter().any(|n| n.key == name_key(name.as_bytes(), space))
    }

    #[test]
    fn functions_end_at_their_brace_and_declarations_at_the_semicolon() {
        let found = kinds("struct a { int x; };\nint f(void)\n{ if (1) { } }\nint g;\n");
        assert_eq!(found.len(), 3);
        assert_eq!(found[1], (ItemKind::Function, "int f(void)\n{ if (1) { } }".into()));
    }

    #[test]
    fn a_macro_call_needs_no_semicolon() {
        let found = kinds("EXPORT_SYMBOL(a)\nint f(void);\n__printf(1, 2)\nint g(void);\n");
        assert_eq!(found[0].0, ItemKind::MacroCall);
        assert_eq!(found[2].1, "__printf(1, 2)\nint g(void);");
    }

    #[test]
    fn alternative_heads_of_one_body_are_one_item() {
        let found =
            kinds("#ifdef A\nint f(int a)\n{\n#else\nint f(long a)\n{\n#endif\nreturn 0; }\nint x;");
        assert_eq!(found.len(), 2);
    }

    #[test]
    fn names_of_every_kind_are_found() {
        let source = "typedef struct { int x; } a_t;\nstruct b { struct c { int x; } y; } *d, e[2];\n\
                      enum f { G, H = 2 };\nint (*i)(void);\nint j(int k);\n\
                      static __printf(1, 2) int l(int m) { return 0; }\n\
                      static DEFINE_PER_CPU(struct b *, n);\n#define o(x) x->y\n";
        for name in ["a_t", "d", "e", "G", "H", "i", "j", "l"] {
            assert!(declares(source, name, Space::Ordinary), "{name}");
        }
        assert!(declares(source, "b", Space::Tag) && declares(source, "c", Space::Tag));
        assert!(declares(source, "n", Space::MacroArgument));
        assert!(declares(source, "o", Space::Macro));
        assert!(!declares(source, "k", Space::Ordinary));
    }

    #[test]
    fn a_broken_function_does_not_swallow_the_next() {
        let found = kinds("int f(void)\n{ if ((1) {\n}\nint g(void)\n{\n}\n");
        assert_eq!(found.len(), 2);
    }
}

//! What an item is, judged as its tokens come in.

use super::split::Scanner;
use crate::text::lexer::{Token, TokenKind};

/// What is known of an item from its tokens so far.
#[derive(Default)]
pub(super) struct Head {
    depth: usize,
    /// Parentheses that may be a function's stand in it.
    group: bool,
    /// The index of the first opening parenthesis and, once known, of its partner.
    first: Option<(usize, Option<usize>)>,
    first_depth: usize,
    /// Set once a token has decided it.
    pub is_function: Option<bool>,
    /// `MACRO(x) { .member = ... }`
    values: bool,
}

impl Scanner<'_> {
    /// Adds a token to the item.
    pub(super) fn push(&mut self, token: Token) {
        let index = self.item.len();
        self.item.push(token);
        let bytes = self.bytes;
        let word = token.text(bytes);
        let before =
            |back: usize| index.checked_sub(back).map_or(&b""[..], |at| self.item[at].text(bytes));
        let head = &mut self.head;
        match word {
            b"{" if head.depth == 0 && head.is_function.is_none() => {
                // A body whose head is none of C's of today (K&R) ends where it ends.
                let bare = index == 0;
                let tag = |word: &[u8]| matches!(word, b"struct" | b"union" | b"enum");
                head.is_function = Some(bare || head.group && !tag(before(1)) && !tag(before(2)));
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
            // `[[maybe_unused]]` is an attribute of the first declaration.
            b"[" if head.values && before(1) == b"[" && before(2) == b"{" => {
                head.is_function = Some(true);
                head.values = false;
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
    pub(super) fn ends_as_macro_call(&self, next: Token, rest: &[Token]) -> bool {
        let Some(last) = self.item.last().filter(|_| next.kind == TokenKind::Ident) else {
            return false;
        };
        let gap = &self.bytes[last.end as usize..next.start as usize];
        if !gap.contains(&b'\n') {
            // `FLAG(a) FLAG(b)`
            let name = self.item[0].text(self.bytes);
            return self.head.first == Some((1, Some(self.item.len() - 1)))
                && is_upper(name)
                && is_upper(next.text(self.bytes))
                && rest.first().is_some_and(|token| token.is(self.bytes, b"("));
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
        let another = (next_word.starts_with(b"__") || is_upper(name) && is_upper(next_word))
            && rest.first().is_some_and(|token| token.is(self.bytes, b"("));
        let decoration = name.starts_with(b"__") && !apart && !another;
        match open {
            1 => !decoration,
            2 => !decoration && (storage || apart && is_upper(name)),
            _ => false,
        }
    }

    /// Whether the item, which just met its semicolon, is a macro call.
    pub(super) fn is_macro_call(&self) -> bool {
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
                                w.starts_with(b"__")
                                    || matches!(w, b"static" | b"extern" | b"const")
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
                        return rest.is_empty() || rest.len() == 1 && rest[0].is(self.bytes, b";");
                    }
                }
                _ => {}
            }
        }
        false
    }
}

fn is_upper(word: &[u8]) -> bool {
    !word.iter().any(u8::is_ascii_lowercase)
}

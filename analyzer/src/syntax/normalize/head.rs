//! Heads of functions.

use super::words::is_typeof;
use super::{MacroClass, Normalizer};
use crate::text::Span;

fn is_storage(word: &[u8]) -> bool {
    matches!(word, b"static" | b"extern" | b"inline" | b"const")
}

fn is_basic_type(word: &[u8]) -> bool {
    matches!(
        word,
        b"void"
            | b"int"
            | b"char"
            | b"long"
            | b"short"
            | b"unsigned"
            | b"signed"
            | b"bool"
            | b"_Bool"
            | b"float"
            | b"double"
    )
}

impl Normalizer<'_> {
    /// Index of the brace that opens a function's body; the end where there is none.
    pub(super) fn body_start(&self) -> usize {
        let mut index = 0;
        while index < self.tokens.len() {
            match self.word(index) {
                b"{" => return index,
                b"(" | b"[" => index = self.close(index).map_or(index + 1, |close| close + 1),
                _ => index += 1,
            }
        }
        index
    }

    /// What stands before a function's body.
    pub(super) fn function_head(&mut self, body: usize) {
        if body == 0 {
            return;
        }
        let Some(name) = crate::items::function_name(self.source, &self.tokens[..body]) else {
            return;
        };
        let Some(at) = self.tokens.iter().position(|token| *token == name) else { return };
        let only_storage =
            (0..at).all(|i| is_storage(self.word(i)) || self.class(i) == MacroClass::Decoration);
        if only_storage {
            self.macro_head(at, body);
            return;
        }
        self.declared = at;
        self.extra_words(at);
        // `int MACRO(x)(int y) {`
        if let Some(close) = self.close(at + 1).filter(|close| self.word(close + 1) == b"(") {
            if close + 1 < body {
                self.blank(at + 1, close + 1);
            }
        } else {
            self.trailing_macros(at, body);
        }
    }

    /// Macros after a parameter's name and after the parameters: more parameters, attributes.
    fn trailing_macros(&mut self, name: usize, body: usize) {
        let Some(close) = self.close(name + 1).filter(|close| *close < body) else { return };
        for index in name + 2..close {
            let end = (self.word(index + 1) == b"(").then(|| self.close(index + 1)).flatten();
            let after = self.before(index).filter(|at| self.is_ident(*at));
            if let (true, Some(end), Some(after)) = (self.is_ident(index), end, after) {
                if !is_typeof(self.word(index)) && self.after_declarator(after) {
                    self.blank(index, end + 1);
                }
            }
            self.parameter_attribute(index);
        }
        let old_style =
            (close + 1..body).any(|at| matches!(self.word(at), b";" | b"__attribute__"));
        if self.is_ident(close + 1) && !old_style {
            self.blank(close + 1, body);
        }
    }

    /// `char *const ATTRIBUTE name`
    fn parameter_attribute(&mut self, index: usize) {
        let qualifier = |word: &[u8]| matches!(word, b"const" | b"volatile" | b"restrict");
        let names = self.is_ident(index)
            && self.is_ident(index + 1)
            && matches!(self.word(index + 2), b"," | b")" | b"[");
        let before = self.before(index).map(|at| match self.word(at) {
            word if qualifier(word) => self.previous(at),
            word => word,
        });
        let word = self.word(index);
        if names && before == Some(b"*") && !qualifier(word) && !word.starts_with(b"__rcu") {
            self.blank(index, index + 1);
        }
    }

    /// `MACRO(...) {`: the head says nothing that the grammar understands.
    fn macro_head(&mut self, at: usize, body: usize) {
        let head = Span { start: self.tokens[0].start, end: self.tokens[body - 1].end };
        if body <= at + 1 || head.len() < 7 {
            return;
        }
        self.blank(0, body);
        let start = head.start as usize;
        // Only within one line, so that no line break is lost.
        let line = self.out.text[start..].iter().position(|b| *b == b'\n');
        if line.is_none_or(|line| line >= 7) {
            self.out.text[start..start + 7].copy_from_slice(b"int f()");
        }
        self.out.macro_head = Some(head);
    }

    /// `MACRO(x) { .member = ... }`: a variable. Returns where its value ends.
    pub(super) fn initializer_head(&mut self, body: usize) -> usize {
        let (Some(close), Some(last)) = (self.close(body), body.checked_sub(1)) else { return 0 };
        if self.word(last) != b")" {
            return 0;
        }
        let start = self.tokens[0].start as usize;
        let head = &self.out.text[start..self.tokens[last].end as usize];
        if head.len() < 6 || head[..6].contains(&b'\n') {
            return 0;
        }
        self.blank(0, body);
        self.out.text[start..start + 6].copy_from_slice(b"int f=");
        close
    }

    /// A function has one type; other words before its name are decoration, known or not.
    fn extra_words(&mut self, name: usize) {
        let mut basic = false;
        let mut words: Vec<usize> = Vec::new();
        let mut index = 0;
        while index < name {
            match self.word(index) {
                // `__printf(1, 2)`, known or not.
                word if word.starts_with(b"__")
                    && self.word(index + 1) == b"("
                    && !is_typeof(word)
                    && !word.starts_with(b"__attribute") =>
                {
                    let close = self.close(index + 1).filter(|close| *close < name);
                    if let Some(close) = close {
                        self.blank(index, close + 1);
                        index = close;
                    }
                }
                b"(" | b"[" | b"{" => index = self.close(index).unwrap_or(index),
                b"struct" | b"union" | b"enum" => {
                    basic = true;
                    // Attributes may stand before the tag; then no word is known to be extra.
                    if self.class(index + 1) == MacroClass::Decoration {
                        return;
                    }
                    index += 1;
                }
                word if is_basic_type(word) => basic = true,
                b"__rcu" | b"__rcu_guarded" | b"volatile" | b"register" => {}
                word if self.is_ident(index)
                    && !is_storage(word)
                    && !word.starts_with(b"__attribute")
                    && self.word(index + 1) != b"("
                    && self.class(index) != MacroClass::Decoration =>
                {
                    words.push(index);
                }
                _ => {}
            }
            index += 1;
        }
        if !basic {
            let ty = words.iter().rposition(|at| self.word(*at).ends_with(b"_t")).or_else(|| {
                words.iter().rposition(|at| {
                    let word = self.word(*at);
                    !word.starts_with(b"__") && word.iter().any(u8::is_ascii_lowercase)
                })
            });
            if ty.is_none() {
                words.pop();
            }
            if let Some(ty) = ty {
                words.remove(ty);
            }
        }
        // Keywords of other spellings (`__inline__`) are dealt with elsewhere and do no harm here.
        for at in words {
            self.blank(at, at + 1);
        }
    }
}

//! Statements that macros make: loops, conditions, labels, calls without a semicolon.

use super::code::{is_attribute, is_statement_word};
use super::{MacroClass, Normalizer};
use crate::text::lexer::TokenKind;

impl Normalizer<'_> {
    /// `MACRO(...)` followed by a statement is a loop (or a condition); `MACRO(...):` is a label.
    pub(super) fn statement_macro(&mut self, index: usize, close: usize) {
        match self.word(close + 1) {
            b":" if self.word(close + 2) != b":" => self.macro_label(index, close),
            b"}" | b"else" => self.end_call(index, close),
            b"{" => self.macro_loop(index, close),
            b"=" if self.word(close + 2) == b"{" => {
                // `DECLARE(...) = { ... };`
                if let Some(end) = self.close(close + 2) {
                    self.blank(close + 1, end + 1);
                }
            }
            b"*" | b"++" | b"--" if self.is_ident(close + 2) => self.followed(index, close),
            b"(" if self.word(index + 2) != b"*" && self.is_indented(index, close + 1) => {
                self.macro_loop(index, close);
            }
            b"" => {}
            _ if self.is_ident(close + 1) => {
                if self.is_type_call(index, close) {
                    self.as_identifier(index, close + 1);
                } else if !is_attribute(self, close + 1)
                    || self.word(close + 2) == b"(" && self.column(close + 1).is_some()
                {
                    self.followed(index, close);
                }
            }
            _ => {}
        }
    }

    /// A statement follows: the body of a loop, if it is indented.
    fn followed(&mut self, index: usize, close: usize) {
        let body = match (self.column(index), self.column(close + 1)) {
            (Some(own), Some(next)) => next > own,
            _ => true,
        };
        if body {
            self.macro_loop(index, close);
        } else {
            self.end_call(index, close);
        }
    }

    /// Whether a token stands in a line of its own, deeper than the statement at `index`.
    fn is_indented(&self, index: usize, next: usize) -> bool {
        match (self.column(index), self.column(next)) {
            (Some(own), Some(next)) => next > own,
            _ => false,
        }
    }

    /// `ARRAY(struct foo *) name = ...`: a type.
    fn is_type_call(&self, index: usize, close: usize) -> bool {
        super::args::starts_type(self.word(index + 2))
            && !(index + 2..close).any(|at| self.word(at) == b",")
            && matches!(self.word(close + 2), b"=" | b";")
            && self.column(close + 1).is_none()
    }

    /// The column of a token that is the first in its line.
    pub(super) fn column(&self, index: usize) -> Option<usize> {
        let start = self.tokens.get(index)?.start as usize;
        let line = memchr::memrchr(b'\n', &self.source[..start]).map_or(0, |newline| newline + 1);
        let indent = &self.source[line..start];
        if indent.len() > 400 || !indent.iter().all(u8::is_ascii_whitespace) {
            return None;
        }
        Some(indent.iter().map(|byte| if *byte == b'\t' { 8 } else { 1 }).sum())
    }

    fn macro_label(&mut self, index: usize, close: usize) {
        let start = self.tokens[index].start as usize;
        let room = self.tokens[close].end as usize - start;
        let line = &self.out.text[start..start + room.min(6)];
        if room >= 6 && !line.contains(&b'\n') {
            self.blank(index, close + 1);
            self.out.text[start..start + 6].copy_from_slice(b"case 0");
            self.opens[close] = true;
        }
    }

    fn macro_loop(&mut self, index: usize, close: usize) {
        let length = self.word(index).len();
        self.opens[close] = true;
        if length < 2 {
            self.end_call(index, close);
            return;
        }
        self.overwrite(index, if length >= 5 { b"while" } else { b"if" });
        if self.close(index + 1) == Some(index + 2) {
            // `forever() {`: a condition is needed, and there is a byte for it only between.
            let (open, end) = (self.tokens[index + 1].end, self.tokens[close].start);
            if open < end {
                self.out.text[open as usize] = b'1';
            } else {
                self.blank(index, close + 1);
                let start = self.tokens[index].start as usize;
                if length >= 4 && self.tokens[close].end as usize - start >= 6 {
                    self.out.text[start..start + 6].copy_from_slice(b"if (1)");
                }
            }
        }
    }

    /// A call that lacks its semicolon.
    fn end_call(&mut self, index: usize, close: usize) {
        self.opens[close] = true;
        if self.insert(close, close + 1, b";") {
            return;
        }
        // No room: the arguments stand for the call.
        self.arguments(index + 1);
        self.blank(index, index + 2);
        self.overwrite(close, b";");
        self.done[close] = true;
    }

    /// A word that is a statement of its own: `FLUSH_END }`, or `PROLOGUE` on its own line.
    pub(super) fn lone_word(&mut self, index: usize) {
        let word = self.word(index);
        if is_statement_word(word) {
            return;
        }
        let next = self.word(index + 1);
        let alone = match next {
            b"}" | b"{" => true,
            _ if self.is_ident(index + 1) => {
                let gap = self.tokens[index].end as usize..self.tokens[index + 1].start as usize;
                let upper = !word.iter().any(u8::is_ascii_lowercase) && word.len() > 1;
                (upper || self.class(index) == MacroClass::Other)
                    && self.source[gap].contains(&b'\n')
                    && self.column(index).is_some()
                    && self.column(index + 1).is_some()
            }
            _ => false,
        };
        if alone {
            // What starts a statement before it still does after it.
            self.blank(index, index + 1);
        }
    }

    /// `static DEFINE_X(...);`: a call, as without `static`.
    pub(super) fn static_macro(&mut self, index: usize) {
        let mut name = index + 1;
        while self.is_ident(name)
            && (is_attribute(self, name) || matches!(self.word(name), b"const" | b"volatile"))
        {
            name += 1;
        }
        let Some(close) = self.close(name + 1) else { return };
        let mut end = close + 1;
        while self.is_ident(end) && is_attribute(self, end) {
            end += 1;
        }
        if self.is_ident(name)
            && self.word(name + 1) == b"("
            && self.word(name + 2) != b"*"
            && matches!(self.word(end), b";" | b"=")
        {
            self.blank(index, name);
            self.blank(close + 1, end);
        }
    }

    /// `label: }`: the grammar wants a statement after a label.
    pub(super) fn label(&mut self, index: usize) {
        if self.word(index + 1) != b"}" || index < 2 || !self.is_ident(index - 1) {
            return;
        }
        if matches!(self.word(index - 2), b";" | b"{" | b"}" | b":")
            && self.word(index - 1) != b"default"
        {
            self.overwrite(index, b";");
        }
    }

    /// Whether a token is a string.
    pub(super) fn is_string(&self, index: usize) -> bool {
        self.kind(index) == Some(TokenKind::Str)
    }
}

//! Arguments of macro calls: types, operators, initialisers and statements where the grammar wants
//! expressions.

use super::code::is_operator_word;
use super::{MacroClass, Normalizer};
use crate::text::lexer::TokenKind;

pub(super) fn starts_type(word: &[u8]) -> bool {
    matches!(
        word,
        b"struct"
            | b"union"
            | b"enum"
            | b"const"
            | b"volatile"
            | b"unsigned"
            | b"signed"
            | b"int"
            | b"char"
            | b"long"
            | b"short"
            | b"void"
            | b"_Bool"
            | b"bool"
            | b"float"
            | b"double"
            | b"static"
            | b"extern"
            | b"register"
            | b"inline"
            | b"__signed__"
    )
}

fn is_binary_operator(word: &[u8]) -> bool {
    matches!(
        word,
        b"=="
            | b"!="
            | b"<"
            | b">"
            | b"<="
            | b">="
            | b"|"
            | b"||"
            | b"&&"
            | b"/"
            | b"%"
            | b"^"
            | b"<<"
            | b">>"
            | b"="
            | b"+="
            | b"-="
            | b"|="
            | b"&="
            | b"*="
            | b"?"
            | b":"
    )
}

impl Normalizer<'_> {
    /// The arguments of the call whose parenthesis opens at token `open`.
    pub(super) fn arguments(&mut self, open: usize) {
        if let Some(close) = self.close(open) {
            self.argument_list(open, close);
        }
    }

    /// The arguments between the tokens `open` and `close`.
    pub(super) fn argument_list(&mut self, open: usize, close: usize) {
        let mut start = open + 1;
        let mut index = open + 1;
        let mut several = false;
        while index <= close {
            match self.word(index) {
                b"(" | b"[" | b"{" if index < close => {
                    index = self.close(index).unwrap_or(index);
                }
                b"," => {
                    several = true;
                    self.argument(start, index, open);
                    start = index + 1;
                }
                _ if index == close && (several || start < close) => {
                    self.argument(start, close, open);
                }
                _ => {}
            }
            index += 1;
        }
    }

    fn argument(&mut self, from: usize, to: usize, open: usize) {
        if from == to {
            self.empty_argument(from, open);
            return;
        }
        if self.done[from..to].iter().all(|done| *done) {
            return;
        }
        let operand = self.asm_operand(from, to);
        if operand > from {
            self.blank(from, operand);
            if operand == to {
                return;
            }
        }
        let from = operand;
        self.appended_calls(from, to);
        let (first, last) = (self.word(from), self.word(to - 1));
        let punctuation = (from..to).all(|at| {
            self.kind(at) == Some(TokenKind::Punct)
                && !matches!(self.word(at), b"(" | b")" | b"{" | b"}" | b"[" | b"]")
        });
        if punctuation || starts_type(first) || self.ends_type(from, to) {
            self.as_identifier(from, to);
        } else if matches!(first, b"return" | b"goto" | b"break" | b"continue") {
            // The operand stays; what is done with it can be read from the text as written.
            if first == b"return" && to > from + 1 && self.word(from + 1) != b";" {
                self.blank(from, from + 1);
                self.statements(from, to);
            } else {
                self.as_identifier(from, to);
            }
        } else if matches!(first, b"if" | b"for" | b"while" | b"do" | b"switch") {
            self.give_up(from, to);
            self.as_identifier(from, to);
        } else if first == b"{" {
            self.braced(from, to);
        } else if self.adjacent_words(from, to) || self.is_range(from, to) {
            self.as_identifier(from, to);
        } else {
            if is_binary_operator(first) {
                self.blank(from, from + 1);
            }
            if first == b"." {
                // `MACRO(.member = value)`
                self.blank(from, from + 1);
            }
            if is_binary_operator(last) {
                self.blank(to - 1, to);
            }
            self.statements(from, to);
        }
    }

    /// `foo_t *`, `u64 **`: a star cannot end an expression.
    fn ends_type(&self, from: usize, to: usize) -> bool {
        self.word(to - 1) == b"*"
            || self.word(to - 1) == b"]" && self.word(to - 2) == b"[" && self.is_ident(from)
    }

    /// `u64 x`: a declaration.
    fn adjacent_words(&self, from: usize, to: usize) -> bool {
        let mut index = from;
        while index + 1 < to {
            match self.word(index) {
                b"(" | b"[" | b"{" => {
                    index = self.close(index).unwrap_or(index);
                }
                _ if self.is_ident(index)
                    && self.is_ident(index + 1)
                    && !self.done[index]
                    && !self.done[index + 1]
                    && !super::code::is_operator_word(self.word(index))
                    && self.class(index) != super::MacroClass::Decoration
                    && self.class(index + 1) != super::MacroClass::Decoration
                    && !matches!(self.word(index + 1), b"__rcu" | b"__rcu_guarded")
                    && !matches!(self.word(index), b"__force" | b"__extension__") =>
                {
                    return true;
                }
                _ => {}
            }
            index += 1;
        }
        false
    }

    /// `: [name] "=r" (x)`: where the operand starts.
    fn asm_operand(&self, from: usize, to: usize) -> usize {
        let at = from + usize::from(self.word(from) == b":");
        match self.close(at) {
            Some(close) if self.word(at) == b"[" && self.is_string(close + 1) && close < to => {
                close + 1
            }
            _ => from,
        }
    }

    /// `a MORE(b)`, `FIRST(a) SECOND(b)`: macros that bring an operator with them, or a comma.
    fn appended_calls(&mut self, from: usize, to: usize) {
        let mut index = from;
        while index < to {
            let group = matches!(self.word(index), b"(" | b"[" | b"{");
            let end = if group { self.close(index).unwrap_or(index) } else { index };
            let head = if group { index.saturating_sub(1) } else { index };
            let mut next = end + 1;
            while let Some(close) = self.appended(head, next, to) {
                if group && self.insert(end, next, b",") {
                    break;
                }
                self.blank(next, close + 1);
                next = close + 1;
            }
            index = next;
        }
    }

    /// The end of a call at `next` that follows the value of `head` without an operator.
    fn appended(&self, head: usize, next: usize, to: usize) -> Option<usize> {
        let plain = |at: usize| {
            self.is_ident(at)
                && !self.done[at]
                && self.class(at) != MacroClass::Decoration
                && !is_operator_word(self.word(at))
                && !starts_type(self.word(at))
        };
        if next >= to || self.word(next + 1) != b"(" || !plain(head) || !plain(next) {
            return None;
        }
        let called = self.word(head + 1) == b"(";
        let close = self.close(next + 1).filter(|close| *close < to);
        close.filter(|_| called || self.class(next) == MacroClass::Other)
    }

    /// `10:4`: bits.
    fn is_range(&self, from: usize, to: usize) -> bool {
        to == from + 3
            && self.word(from + 1) == b":"
            && self.kind(from) != Some(TokenKind::Punct)
            && self.kind(to - 1) != Some(TokenKind::Punct)
    }

    /// An empty argument becomes `0`, where there is a byte for it.
    fn empty_argument(&mut self, at: usize, open: usize) {
        let before = self.tokens[at - 1];
        let (gap, next) = (before.end as usize, self.tokens[at].start as usize);
        if let Some(byte) = self.out.text[gap..next].iter_mut().find(|b| **b == b' ') {
            *byte = b'0';
        } else if self.word(at) == b"," {
            self.blank(at, at + 1);
        } else if at - 1 > open {
            self.blank(at - 1, at);
        }
    }

    /// `{ a, b }` as an argument: a list in parentheses. Statements in braces the grammar knows.
    fn braced(&mut self, from: usize, to: usize) {
        if (from..to).any(|at| self.word(at) == b";") {
            return;
        }
        for at in from..to {
            match self.word(at) {
                b"{" if self.word(at + 1) == b"}" => self.overwrite(at, b"0"),
                b"}" if self.word(at - 1) == b"{" => self.blank(at, at + 1),
                b"{" => self.overwrite(at, b"("),
                b"}" => {
                    if matches!(self.word(at - 1), b",") {
                        self.blank(at - 1, at);
                    }
                    self.overwrite(at, b")");
                }
                b"." if matches!(self.word(at - 1), b"{" | b",") => self.blank(at, at + 1),
                b"[" if matches!(self.word(at - 1), b"{" | b",") => {
                    self.overwrite(at, b"(");
                    if let Some(close) = self.close(at) {
                        self.overwrite(close, b")");
                    }
                }
                _ => {}
            }
        }
    }

    /// `a; b` as an argument becomes `a, b`.
    fn statements(&mut self, from: usize, to: usize) {
        let mut index = from;
        while index < to {
            match self.word(index) {
                b"(" | b"[" | b"{" => index = self.close(index).unwrap_or(index),
                b";" => {
                    if index + 1 == to {
                        self.blank(index, index + 1);
                    } else {
                        self.overwrite(index, b",");
                        match self.word(index + 1) {
                            b"goto" | b"return" => self.blank(index + 1, index + 2),
                            b"break" | b"continue" => self.as_identifier(index + 1, index + 2),
                            _ => {}
                        }
                    }
                }
                _ => {}
            }
            index += 1;
        }
    }
}

//! What stands in braces within a function.

use super::args::starts_type;
use super::code::is_statement_word;
use super::{MacroClass, Normalizer};

/// What stands in a pair of braces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Brace {
    /// Statements.
    Block,
    /// The statements of a `do` loop.
    Do,
    /// Members.
    Record,
    /// Enumerators.
    Enum,
    /// Initialisers.
    Values,
}

impl Brace {
    pub(super) fn holds_statements(self) -> bool {
        matches!(self, Brace::Block | Brace::Do)
    }
}

impl Normalizer<'_> {
    /// What stands in the brace at `index`, which is within one of kind `outer`.
    pub(super) fn brace(&self, index: usize, outer: Brace) -> Brace {
        let Some(before) = self.before(index) else { return Brace::Block };
        if self.opens[before] {
            return Brace::Block;
        }
        match self.word(before) {
            b"do" => Brace::Do,
            b";" | b"}" | b"else" => Brace::Block,
            b"{" if outer.holds_statements() => Brace::Block,
            b"{" => outer,
            b":" if !self.is_ternary(before) => Brace::Block,
            b"(" | b"," => {
                let end = self.close(index).unwrap_or(index);
                let statements = (index + 1..end).any(|at| self.word(at) == b";");
                if statements { Brace::Block } else { Brace::Values }
            }
            b"struct" | b"union" => Brace::Record,
            b"enum" => Brace::Enum,
            word if self.is_ident(before) => {
                let tagged = self.before(before).map_or(&b""[..], |at| self.word(at));
                match tagged {
                    b"struct" | b"union" => Brace::Record,
                    b"enum" => Brace::Enum,
                    _ if outer.holds_statements()
                        && !is_statement_word(word)
                        && self.starts_statement(before) =>
                    {
                        Brace::Block
                    }
                    _ => Brace::Values,
                }
            }
            _ => Brace::Values,
        }
    }

    /// `{ FIRST SECOND x }`: macros that bring their commas with them.
    pub(super) fn missing_comma(&mut self, index: usize) {
        if !matches!(self.previous(index), b"," | b"{") && index != self.comma
            || is_statement_word(self.word(index))
        {
            return;
        }
        let last = match self.word(index + 1) {
            b"(" => self.close(index + 1).unwrap_or(index),
            _ => index,
        };
        let next = last + 1;
        if self.is_ident(next)
            && self.class(index) != MacroClass::Decoration
            && self.class(next) != MacroClass::Decoration
            && !self.is_string(next + 1)
            && self.insert(last, next, b",")
        {
            // Its neighbour may need one as well.
            self.comma = next;
        }
    }

    /// `MACRO(...);` where a member should stand.
    pub(super) fn is_member_call(&self, index: usize) -> bool {
        self.word(index + 1) == b"("
            && matches!(self.previous(index), b"{" | b";" | b"}")
            && self.close(index + 1).is_some_and(|close| self.word(close + 1) == b";")
    }

    /// `u32 x : 2, : 3;`, `u32 : 4;`: bits without a name, which the grammar does not know.
    pub(super) fn unnamed_bits(&mut self, colon: usize) {
        let Some(before) = self.before(colon) else { return };
        let comma = self.word(before) == b",";
        let after_type = self.is_ident(before)
            && match self.before(before) {
                Some(at) => {
                    matches!(self.word(at), b"{" | b";" | b"}" | b"volatile" | b"const")
                        || starts_type(self.word(before))
                }
                None => false,
            };
        if !comma && !after_type {
            return;
        }
        let end = (colon..self.tokens.len().min(colon + 40))
            .find(|at| matches!(self.word(*at), b"," | b";" | b"}"));
        if let Some(end) = end {
            self.blank(if comma { before } else { colon }, end);
        }
    }

    /// `do { ... } while_each(...);`
    pub(super) fn loop_end(&mut self, index: usize) {
        if self.is_ident(index)
            && self.word(index) != b"while"
            && self.word(index + 1) == b"("
            && self.word(index).len() >= 5
        {
            self.overwrite(index, b"while");
            self.done[index] = true;
            if let Some(close) = self.close(index + 1) {
                self.argument_list(index + 1, close);
            }
        }
    }
}

//! Function bodies and expressions.

use super::{MacroClass, Normalizer};
use crate::text::Span;
use crate::text::lexer::TokenKind;

/// Keywords that take parentheses and are no calls.
pub(super) fn is_operator_word(word: &[u8]) -> bool {
    matches!(
        word,
        b"if"
            | b"while"
            | b"for"
            | b"switch"
            | b"return"
            | b"sizeof"
            | b"_Alignof"
            | b"__alignof__"
            | b"__alignof"
            | b"alignof"
            | b"offsetof"
            | b"_Generic"
            | b"case"
            | b"else"
            | b"do"
            | b"goto"
            | b"_Alignas"
            | b"alignas"
    )
}

fn is_typeof(word: &[u8]) -> bool {
    matches!(
        word,
        b"typeof"
            | b"__typeof__"
            | b"__typeof"
            | b"typeof_member"
            | b"typeof_unqual"
            | b"__typeof_unqual__"
            | b"TYPEOF_UNQUAL"
            | b"__unqual_scalar_typeof"
            | b"__unsigned_scalar_typeof"
    )
}

fn is_asm(word: &[u8]) -> bool {
    matches!(
        word,
        b"asm" | b"__asm__" | b"__asm" | b"asm_inline" | b"asm_volatile_goto" | b"asm_goto_output"
    )
}

impl Normalizer<'_> {
    /// Tokens `from..to` of a function's body.
    pub(super) fn code(&mut self, from: usize, to: usize) {
        // Closing parentheses of `if (...)` and its kind: a statement starts after them.
        let mut control = vec![false; self.tokens.len()];
        let mut prototype = false;
        let mut index = from;
        while index < to {
            if self.done[index] {
                index += 1;
                continue;
            }
            match self.kind(index) {
                Some(TokenKind::Str) => {
                    index = self.string_run(index);
                    continue;
                }
                Some(TokenKind::Punct) => {
                    match self.word(index) {
                        b";" | b"{" | b"}" => prototype = false,
                        b":" => self.label(index),
                        b"##" | b"#" => self.blank(index, index + 1),
                        _ => {}
                    }
                    index += 1;
                    continue;
                }
                Some(TokenKind::Ident) => {}
                _ => {
                    index += 1;
                    continue;
                }
            }
            let word = self.word(index);
            let starts = self.starts_statement(index, &control);
            if starts && matches!(word, b"extern" | b"typedef") {
                prototype = true;
            }
            match word {
                b"if" | b"while" | b"for" | b"switch" if self.word(index + 1) == b"(" => {
                    if let Some(close) = self.close(index + 1) {
                        control[close] = true;
                    }
                    index += 1;
                    continue;
                }
                b"case" => {
                    self.case_range(index, to);
                    index += 1;
                    continue;
                }
                b"offsetof" => self.offset_member(index),
                b"__label__" => {
                    let end = (index..to).find(|at| self.word(*at) == b";").unwrap_or(to);
                    self.blank(index, end);
                    index = end;
                    continue;
                }
                _ => {}
            }
            let next = self.common_word(index, starts);
            if next != index + 1 || self.done[index] {
                index = next;
                continue;
            }
            if self.word(index + 1) == b"(" && !is_operator_word(word) && !prototype {
                if let Some(close) = self.close(index + 1) {
                    if starts && self.statement_macro(index, close) {
                        control[close] = true;
                    }
                    if !self.done[index] && !declares_function(self, index) {
                        self.arguments(index + 1);
                    }
                }
            }
            index += 1;
        }
    }

    fn starts_statement(&self, index: usize, control: &[bool]) -> bool {
        let Some(before) = (0..index).rev().find(|at| !self.done[*at]) else { return true };
        match self.word(before) {
            b";" | b"{" | b"}" | b"else" | b"do" => true,
            // Labels and `case x:`; after `a ? b :` no statement macro can stand.
            b":" => true,
            b")" => control[before],
            _ => false,
        }
    }

    /// `MACRO(...)` followed by a statement is a loop (or a condition); `MACRO(...):` is a label.
    fn statement_macro(&mut self, index: usize, close: usize) -> bool {
        let next = self.word(close + 1);
        let attribute = self.class(close + 1) == MacroClass::Decoration;
        let statement = next == b"{" || self.is_ident(close + 1) && !attribute;
        if next == b":" && self.word(close + 2) != b":" {
            let start = self.tokens[index].start as usize;
            let room = self.tokens[close].end as usize - start;
            let line = &self.out.text[start..start + room.min(6)];
            if room >= 6 && !line.contains(&b'\n') {
                self.blank(index, close + 1);
                self.out.text[start..start + 6].copy_from_slice(b"case 0");
            }
            return false;
        }
        if !statement || next == b"else" {
            return false;
        }
        let length = self.word(index).len();
        self.overwrite(index, if length >= 5 { b"while" } else { b"if" });
        if self.close(index + 1) == Some(index + 2) {
            // `forever() {`: a condition is needed, and there is a byte for it only between.
            let (open, end) = (self.tokens[index + 1].end, self.tokens[close].start);
            if open < end {
                self.out.text[open as usize] = b'1';
            } else if length >= 7 {
                let start = self.tokens[index].start as usize;
                self.blank(index + 1, close + 1);
                self.out.text[start..start + 7].copy_from_slice(b"if (1) ");
            }
        }
        true
    }

    /// `label: }`: the grammar wants a statement after a label.
    fn label(&mut self, index: usize) {
        if self.word(index + 1) != b"}" || index < 2 || !self.is_ident(index - 1) {
            return;
        }
        if matches!(self.word(index - 2), b";" | b"{" | b"}" | b":")
            && self.word(index - 1) != b"default"
        {
            self.overwrite(index, b";");
        }
    }

    /// `case A ... B:`: the first value stands for the range.
    fn case_range(&mut self, index: usize, to: usize) {
        let mut range = None;
        let mut at = index + 1;
        while at < to {
            match self.word(at) {
                b":" => break,
                b"..." => range = Some(at),
                b"(" => at = self.close(at).unwrap_or(at),
                b";" | b"{" | b"}" => return,
                _ => {}
            }
            at += 1;
        }
        if let Some(range) = range {
            self.blank(range, at);
        }
    }

    /// `offsetof(type, a.b[c])`: the grammar takes one member; the first stands for the rest.
    fn offset_member(&mut self, index: usize) {
        let Some(close) = self.close(index + 1) else { return };
        let comma = (index + 2..close).find(|at| self.word(*at) == b",");
        if let Some(comma) = comma.filter(|comma| comma + 2 < close) {
            self.blank(comma + 2, close);
        }
    }

    /// Words that mean the same wherever they stand. Returns the next token to look at.
    pub(super) fn common_word(&mut self, index: usize, starts: bool) -> usize {
        let word = self.word(index);
        let group = (self.word(index + 1) == b"(").then(|| self.close(index + 1)).flatten();
        if word == b"__rcu" || word == b"__rcu_guarded" {
            // `(__rcu *f)(...)`, `struct __rcu x`, `, __rcu *p`: no qualifier can stand here; the
            // declarator's reader looks at the original bytes.
            let misplaced = matches!(self.previous(index), b"(" | b"struct" | b"union" | b",");
            self.overwrite(index, if misplaced { b"" } else { b"const" });
            self.done[index] = misplaced;
            return index + 1;
        }
        if let (true, Some(close)) = (is_typeof(word), group) {
            self.as_identifier(index, close + 1);
            return close + 1;
        }
        if matches!(word, b"__attribute__" | b"__attribute" | b"__declspec" | b"_Pragma")
            && group.is_some()
        {
            let close = group.unwrap_or(index);
            self.blank(index, close + 1);
            return close + 1;
        }
        if is_asm(word) {
            let mut open = index + 1;
            while self.is_ident(open) {
                open += 1;
            }
            if let Some(close) = (self.word(open) == b"(").then(|| self.close(open)).flatten() {
                self.blank(index, close + 1);
                return close + 1;
            }
        }
        if matches!(
            word,
            b"__extension__"
                | b"__restrict"
                | b"__restrict__"
                | b"restrict"
                | b"__volatile__"
                | b"__inline"
                | b"__inline__"
                | b"__const"
                | b"__signed__"
                | b"_Noreturn"
                | b"__thread"
                | b"__volatile"
        ) {
            self.blank(index, index + 1);
            return index + 1;
        }
        if self.kind(index + 1) == Some(TokenKind::Str)
            && !is_operator_word(word)
            && word != b"extern"
        {
            // `KERN_ERR "..."`
            self.blank(index, index + 1);
            return index + 1;
        }
        if let Some(close) = group {
            if self.kind(close + 1) == Some(TokenKind::Str) && !is_operator_word(word) {
                // `__stringify(x) "..."`
                self.blank(index, close + 1);
                return close + 1;
            }
        }
        if self.decoration(index, group, starts) {
            let end = if self.is_decoration_call(index) { group } else { None };
            let end = end.map_or(index + 1, |close| close + 1);
            self.blank(index, end);
            return end;
        }
        index + 1
    }

    fn is_decoration_call(&self, index: usize) -> bool {
        self.word(index + 1) == b"("
            && !(matches!(self.word(index + 2), b"*")
                && self.is_ident(index + 3)
                && self.word(index).is_ascii())
            || self.word(index).starts_with(b"__must") && self.word(index + 1) == b"("
    }

    fn decoration(&self, index: usize, group: Option<usize>, starts: bool) -> bool {
        if self.class(index) != MacroClass::Decoration {
            return false;
        }
        match group {
            // `debug(x);` may expand to nothing and still be a statement.
            Some(close) => !(starts && self.word(close + 1) == b";"),
            None => {
                // As an argument of its own it is a value.
                !(matches!(self.previous(index), b"(" | b",")
                    && matches!(self.word(index + 1), b")" | b","))
                    && self.word(index + 1) != b"="
                    && !matches!(self.previous(index), b"->" | b"." | b"goto")
            }
        }
    }

    /// Adjacent strings, and macros between them, become the first string alone.
    pub(super) fn string_run(&mut self, index: usize) -> usize {
        let mut end = index + 1;
        loop {
            match self.kind(end) {
                Some(TokenKind::Str) => end += 1,
                Some(TokenKind::Ident) if !is_operator_word(self.word(end)) => {
                    end += 1;
                    if self.word(end) == b"(" {
                        end = self.close(end).map_or(end + 1, |close| close + 1);
                    }
                }
                _ => break,
            }
        }
        if end > index + 1 {
            self.blank(index + 1, end);
        }
        end
    }

    pub(super) fn give_up(&mut self, from: usize, to: usize) {
        let span = Span { start: self.tokens[from].start, end: self.tokens[to - 1].end };
        self.out.given_up.push(span);
    }
}

/// `struct a *f(struct b *);` inside a function.
fn declares_function(normalizer: &Normalizer<'_>, index: usize) -> bool {
    let before = normalizer.previous(index);
    let close = normalizer.close(index + 1).unwrap_or(index + 1);
    let type_before = before == b"*" || matches!(before, b"int" | b"void" | b"bool" | b"long");
    if !type_before || normalizer.word(close + 1) != b";" {
        return false;
    }
    // The statement must start with a type and hold no `=`.
    let start = (0..index)
        .rev()
        .find(|at| matches!(normalizer.word(*at), b";" | b"{" | b"}"))
        .map_or(0, |at| at + 1);
    matches!(
        normalizer.word(start),
        b"struct" | b"union" | b"enum" | b"int" | b"void" | b"bool" | b"long"
    ) && !(start..index).any(|at| matches!(normalizer.word(at), b"=" | b"("))
}

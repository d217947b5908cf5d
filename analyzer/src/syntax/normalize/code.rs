//! Function bodies and expressions.

use super::braces::Brace;
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
            | b"offsetof"
            | b"_Generic"
            | b"case"
            | b"else"
            | b"do"
            | b"goto"
            | b"_Alignas"
            | b"alignas"
    ) || is_alignof(word)
}

fn is_alignof(word: &[u8]) -> bool {
    matches!(word, b"_Alignof" | b"__alignof__" | b"__alignof" | b"alignof")
}

/// Words that a statement may start with and that name nothing.
pub(super) fn is_statement_word(word: &[u8]) -> bool {
    is_operator_word(word)
        || matches!(
            word,
            b"break" | b"continue" | b"default" | b"struct" | b"union" | b"enum" | b"static"
        )
}

impl Normalizer<'_> {
    /// Tokens `from..to` of a function's body.
    pub(super) fn code(&mut self, from: usize, to: usize) {
        self.expression = true;
        let mut braces: Vec<Brace> = Vec::new();
        let mut prototype = false;
        let mut index = from;
        while index < to {
            if self.done[index] {
                index += 1;
                continue;
            }
            match self.kind(index) {
                Some(TokenKind::Str) => {
                    if self.previous(index) == b"]" && braces.last() == Some(&Brace::Values) {
                        // `[X] "x"`, an old way to write `[X] = "x"`.
                        self.insert(index - 1, index, b"=");
                    }
                    index = self.string_run(index);
                    continue;
                }
                Some(TokenKind::Number) => self.number(index),
                Some(TokenKind::Punct) => match self.word(index) {
                    b"{" => {
                        let outer = braces.last().copied().unwrap_or(Brace::Block);
                        let brace = if index == from { outer } else { self.brace(index, outer) };
                        if brace == Brace::Enum {
                            self.enumerators(index);
                        }
                        braces.push(brace);
                        prototype = false;
                    }
                    b"}" => {
                        if braces.pop() == Some(Brace::Do) {
                            self.loop_end(index + 1);
                        }
                        prototype = false;
                    }
                    b":" if braces.last() == Some(&Brace::Record) => self.unnamed_bits(index),
                    b";" => prototype = false,
                    b":" => self.label(index),
                    b"(" => self.arithmetic_cast(index),
                    b"##" | b"#" => self.blank(index, index + 1),
                    _ => {}
                },
                _ => {}
            }
            if !self.is_ident(index) {
                index += 1;
                continue;
            }
            let brace = braces.last().copied().unwrap_or(Brace::Block);
            if brace == Brace::Values {
                self.missing_comma(index);
            } else if brace == Brace::Record
                && self.is_member_call(index)
                && self.macro_member(index)
            {
                index += 1;
                continue;
            }
            let starts = brace.holds_statements() && self.starts_statement(index);
            if starts && matches!(self.word(index), b"extern" | b"typedef") {
                prototype = true;
            }
            index = self.code_word(index, to, starts, prototype);
        }
    }

    /// A word of a function's body; returns the next token to look at.
    fn code_word(&mut self, index: usize, to: usize, starts: bool, prototype: bool) -> usize {
        let word = self.word(index);
        let group = (self.word(index + 1) == b"(").then(|| self.close(index + 1)).flatten();
        match word {
            b"if" | b"while" | b"for" | b"switch" => {
                if let Some(close) = group {
                    self.opens[close] = true;
                } else if let Some(close) = self.close(index + 2) {
                    // `if CHECK(x)`
                    if self.word(index + 2) == b"(" && self.is_ident(index + 1) {
                        self.blank(index + 1, index + 2);
                        self.opens[close] = true;
                        self.argument_list(index + 2, close);
                    }
                }
                return index + 1;
            }
            b"case" => {
                self.case_range(index, to);
                return index + 1;
            }
            b"offsetof" => self.offset_member(index),
            b"static" if starts => self.static_macro(index),
            // `goto *table[x];`
            b"goto" if self.word(index + 1) == b"*" => self.blank(index, index + 1),
            b"__label__" => {
                let end = (index..to).find(|at| self.word(*at) == b";").unwrap_or(to);
                self.blank(index, end);
                return end;
            }
            // The grammar's takes types only; the result is the same.
            _ if is_alignof(word) => self.overwrite(index, b"sizeof"),
            _ => {}
        }
        if self.done[index] {
            return index + 1;
        }
        let next = self.common_word(index, starts);
        if next != index + 1 || self.done[index] {
            return next;
        }
        match group {
            Some(close) if !is_operator_word(word) && !prototype => {
                if starts {
                    self.statement_macro(index, close);
                }
                if !self.done[index] && !declares_function(self, index) {
                    self.call(index, starts);
                }
            }
            None if starts => self.lone_word(index),
            None => self.trailing_macro(index),
            _ => {}
        }
        index + 1
    }

    /// `x = y FACTOR;`: a macro that goes on with the expression.
    fn trailing_macro(&mut self, index: usize) {
        let value = self.before(index).filter(|at| self.is_ident(*at)).and_then(|at| {
            let before = self.before(at)?;
            super::words::wants_operand(self.word(before)).then_some(at)
        });
        if value.is_some_and(|at| !is_statement_word(self.word(at)))
            && matches!(self.word(index + 1), b";" | b")")
            && !self.word(index).iter().any(u8::is_ascii_lowercase)
            && self.class(index) == MacroClass::Other
            && self.previous(index) != b"const"
        {
            self.blank(index, index + 1);
        }
    }

    /// Whether a statement may start here, if statements stand here at all.
    pub(super) fn starts_statement(&self, index: usize) -> bool {
        let Some(before) = self.before(index) else { return true };
        match self.word(before) {
            b";" | b"{" | b"}" | b"else" | b"do" => true,
            b":" => !self.is_ternary(before),
            _ => self.opens[before],
        }
    }

    /// Whether a colon belongs to `a ? b : c`.
    pub(super) fn is_ternary(&self, colon: usize) -> bool {
        let mut colons = 0;
        for at in (colon.saturating_sub(80)..colon).rev() {
            match self.word(at) {
                b"?" if colons == 0 => return true,
                b"?" => colons -= 1,
                b":" => colons += 1,
                b";" | b"{" | b"}" | b"case" => return false,
                _ => {}
            }
        }
        false
    }

    /// `1000baseT`, `10_2`: no number, but a piece of a name.
    fn number(&mut self, index: usize) {
        let word = self.word(index);
        if self.is_ident(index + 1) && !self.done[index + 1] {
            // `16 KB`
            self.blank(index + 1, index + 2);
        }
        if !is_number(word) {
            let start = self.tokens[index].start as usize;
            for (at, byte) in word.iter().enumerate() {
                if at == 0 || !crate::text::lexer::is_ident_byte(*byte) {
                    self.out.text[start + at] = b'_';
                }
            }
        }
    }

    /// `(u64)&x` looks like a binary `&` where `u64` is not known for a type.
    fn arithmetic_cast(&mut self, index: usize) {
        if self.word(index + 2) != b")"
            || !matches!(self.word(index + 3), b"&" | b"*" | b"-" | b"+" | b"(")
            || !is_arithmetic(self.word(index + 1))
        {
            return;
        }
        let before = self.before(index);
        let operand = before.is_some_and(|at| {
            self.is_ident(at) && !matches!(self.word(at), b"return" | b"case" | b"else" | b"do")
                || self.word(at) == b"]"
        });
        if operand {
            return;
        }
        if self.word(index + 1).len() >= 3 {
            self.overwrite(index + 1, b"int");
        } else if before.is_none_or(|at| self.word(at) != b")") {
            self.blank(index, index + 3);
        }
    }

    /// `case A ... B:`: the first value stands for the range.
    fn case_range(&mut self, index: usize, to: usize) {
        let mut range = None;
        let mut at = index + 1;
        while at < to.min(index + 80) {
            match self.word(at) {
                b":" => break,
                b"..." => range = Some(at),
                b"(" => at = self.close(at).unwrap_or(at),
                b";" | b"{" | b"}" | b"case" => return,
                _ => {}
            }
            at += 1;
        }
        if let Some(range) = range {
            self.blank(range, at.min(to));
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

    pub(super) fn give_up(&mut self, from: usize, to: usize) {
        let span = Span { start: self.tokens[from].start, end: self.tokens[to - 1].end };
        self.out.given_up.push(span);
    }
}

/// Whether a token that starts like a number is one.
fn is_number(word: &[u8]) -> bool {
    let hex = word.len() > 2 && word[0] == b'0' && matches!(word[1], b'x' | b'X' | b'b' | b'B');
    let digits = if hex { &word[2..] } else { word };
    let digit = |byte: &u8| {
        if hex { byte.is_ascii_hexdigit() } else { byte.is_ascii_digit() || *byte == b'.' }
    };
    let end = digits.iter().position(|byte| !digit(byte)).unwrap_or(digits.len());
    let exponent = |byte: &u8| byte.is_ascii_digit() || b".eEpP+-fFlL".contains(byte);
    end > 0
        && (digits[end..].iter().all(|byte| b"uUlLfF".contains(byte))
            || digits
                .get(end + 1)
                .is_some_and(|byte| byte.is_ascii_digit() || b"+-".contains(byte))
                && digits[end..].iter().all(exponent))
}

/// Kernel names of arithmetic types. Names in `_t` hardly ever stand for pointers.
fn is_arithmetic(word: &[u8]) -> bool {
    let bare = word.strip_prefix(b"__").unwrap_or(word);
    let sized = |rest: &[u8]| matches!(rest, b"8" | b"16" | b"32" | b"64" | b"128");
    match bare {
        [b'u' | b's', rest @ ..] if sized(rest) => true,
        [b'l' | b'b', b'e', rest @ ..] if sized(rest) => true,
        b"ulong" | b"uint" | b"ushort" | b"uchar" => true,
        _ => word.ends_with(b"_t") && word.len() > 2,
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
    let start = (index.saturating_sub(24)..index)
        .rev()
        .find(|at| matches!(normalizer.word(*at), b";" | b"{" | b"}"))
        .map_or(0, |at| at + 1);
    matches!(
        normalizer.word(start),
        b"struct" | b"union" | b"enum" | b"int" | b"void" | b"bool" | b"long"
    ) && !(start..index).any(|at| matches!(normalizer.word(at), b"=" | b"("))
}

/// Whether a macro of this class may stand before or after a statement.
pub(super) fn is_attribute(normalizer: &Normalizer<'_>, index: usize) -> bool {
    normalizer.class(index) == MacroClass::Decoration
}

//! Words that mean the same wherever they stand: attributes, decoration, assembly, strings.

use super::args::starts_type;
use super::code::is_operator_word;
use super::{MacroClass, Normalizer};
use crate::text::lexer::TokenKind;

pub(super) fn is_typeof(word: &[u8]) -> bool {
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

/// Whether a name must follow: the word is a type.
fn declares(word: &[u8]) -> bool {
    word == b"*" || matches!(word, b"void" | b"int" | b"char" | b"long" | b"short" | b"bool")
}

fn ends_declarator(word: &[u8]) -> bool {
    matches!(word, b";" | b"{" | b"," | b"")
}

fn is_assignment(word: &[u8]) -> bool {
    matches!(
        word,
        b"+="
            | b"-="
            | b"*="
            | b"/="
            | b"%="
            | b"&="
            | b"|="
            | b"^="
            | b"<<="
            | b">>="
            | b"->"
            | b"."
            | b"["
    )
}

/// Operators and the like after which a value has to come.
pub(super) fn wants_operand(word: &[u8]) -> bool {
    matches!(
        word,
        b"=" | b"?"
            | b"=="
            | b"!="
            | b"<"
            | b">"
            | b"<="
            | b">="
            | b"+"
            | b"-"
            | b"/"
            | b"%"
            | b"&"
            | b"|"
            | b"^"
            | b"&&"
            | b"||"
            | b"!"
            | b"~"
            | b"<<"
            | b">>"
            | b"("
            | b","
            | b"["
            | b"{"
            | b"return"
            | b"case"
    ) || word.len() > 1 && word.ends_with(b"=")
}

/// What no value starts with.
fn cannot_start(word: &[u8]) -> bool {
    matches!(
        word,
        b";" | b","
            | b")"
            | b"]"
            | b"}"
            | b":"
            | b"?"
            | b"="
            | b"=="
            | b"!="
            | b"<"
            | b">"
            | b"<="
            | b">="
            | b"+"
            | b"-"
            | b"*"
            | b"/"
            | b"%"
            | b"&"
            | b"|"
            | b"^"
            | b"&&"
            | b"||"
            | b"<<"
            | b">>"
    ) || is_assignment(word)
}

impl Normalizer<'_> {
    /// Words that mean the same wherever they stand. Returns the next token to look at.
    pub(super) fn common_word(&mut self, index: usize, starts: bool) -> usize {
        let word = self.word(index);
        let group = (self.word(index + 1) == b"(").then(|| self.close(index + 1)).flatten();
        if word == b"__rcu" || word == b"__rcu_guarded" {
            // `(__rcu *f)(...)`, `struct __rcu x`, `, __rcu *p`: no qualifier can stand here; the
            // declarator's reader looks at the original bytes.
            let start = self.tokens[index].start as usize;
            let left = self.out.text[..start].trim_ascii_end().last();
            // What stands for `typeof(...)` is a type, though its tokens are dealt with.
            let typed = left.is_some_and(|byte| *byte == b'_')
                && matches!(self.previous(index), b"(" | b",");
            // `(__rcu struct x *p)` is in its place.
            let leads = matches!(self.previous(index), b"(" | b",")
                && self.is_ident(index + 1)
                && (self.is_ident(index + 2) || self.word(index + 2) == b"*");
            let misplaced = !typed
                && !leads
                && matches!(self.previous(index), b"(" | b"struct" | b"union" | b",");
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
            while self.is_ident(open) && open < index + 5 {
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
        if self.is_string(index + 1) && !is_operator_word(word) && word != b"extern" {
            // `KERN_ERR "..."`
            self.blank(index, index + 1);
            return index + 1;
        }
        if let Some(close) = group {
            if self.is_string(close + 1) && !is_operator_word(word) {
                // `__stringify(x) "..."`
                self.blank(index, close + 1);
                return close + 1;
            }
        }
        let call = group.filter(|_| self.is_decoration_call(index));
        if self.decoration(index, call, starts) {
            let end = call.map_or(index + 1, |close| close + 1);
            self.blank(index, end);
            return end;
        }
        index + 1
    }

    /// Whether the parentheses after a decoration belong to it: not in `__user (*name)`.
    fn is_decoration_call(&self, index: usize) -> bool {
        if self.word(index + 2) != b"*" || !self.is_ident(index + 3) {
            return true;
        }
        let after = self.close(index + 1).map_or(&b""[..], |close| self.word(close + 1));
        self.word(index).starts_with(b"__must") && !matches!(after, b"(" | b"[")
    }

    fn decoration(&self, index: usize, group: Option<usize>, starts: bool) -> bool {
        if index == self.declared || self.class(index) != MacroClass::Decoration {
            return false;
        }
        let end = group.map_or(index + 1, |close| close + 1);
        let next = self.word(end);
        let Some(before) = self.before(index) else { return true };
        let previous = self.word(before);
        if matches!(previous, b"->" | b"." | b"goto") {
            return false;
        }
        // `debug(x);` may expand to nothing and still be a statement.
        if group.is_some() && starts && next == b";" {
            return false;
        }
        if group.is_some() && !self.expression && declares(previous) && ends_declarator(next) {
            return false;
        }
        if next == b"=" {
            return !starts && self.after_declarator(before);
        }
        let value = if starts {
            // `label:`, `x += 1`
            next == b":" || is_assignment(next)
        } else if previous == b":" {
            cannot_start(next) && self.is_ternary(before)
        } else if wants_operand(previous) {
            cannot_start(next) && !(next == b"*" && matches!(previous, b"(" | b"," | b"{"))
        } else if previous == b")" {
            self.expression
                && self.is_cast(before)
                && matches!(next, b";" | b"," | b")" | b"]" | b"}")
        } else {
            is_assignment(next)
        };
        !value
    }

    /// Whether a closing parenthesis may be a cast's.
    fn is_cast(&self, close: usize) -> bool {
        let before = self.close(close).and_then(|open| self.before(open));
        before.is_none_or(|at| {
            self.word(at) != b")" && (!self.is_ident(at) || self.word(at) == b"return")
        })
    }

    /// Whether the token at `before` ends a declarator, so that an attribute may follow, rather
    /// than a type, so that a name must.
    pub(super) fn after_declarator(&self, before: usize) -> bool {
        match self.word(before) {
            b"]" | b")" => true,
            word if self.is_ident(before) => {
                !starts_type(word)
                    && self.before(before).is_some_and(|at| {
                        let word = self.word(at);
                        word == b"*"
                            || word == b","
                            || self.is_ident(at)
                                && !matches!(
                                    word,
                                    b"struct" | b"union" | b"enum" | b"static" | b"extern"
                                )
                    })
            }
            _ => false,
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
}

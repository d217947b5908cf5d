//! Statements as arguments: `MACRO(x, if (y) break;);` becomes a statement with a body.

use super::Normalizer;
use super::args::starts_type;

/// Words that only a statement starts with.
fn is_statement(word: &[u8]) -> bool {
    matches!(word, b"if" | b"for" | b"while" | b"do" | b"switch")
}

fn is_jump(word: &[u8]) -> bool {
    matches!(word, b"return" | b"goto" | b"break" | b"continue")
}

impl Normalizer<'_> {
    /// The call of the macro at `index`. `starts`: the call starts a statement.
    pub(super) fn call(&mut self, index: usize, starts: bool) {
        let open = index + 1;
        let Some(close) = self.close(open) else { return };
        let Some((first, end)) = self.statements_in(open, close) else {
            self.arguments(open);
            return;
        };
        let alone = starts && matches!(self.word(close + 1), b";" | b"}");
        let done = end == close
            && self.ends_statement(close)
            && if alone { self.as_block(index, first) } else { self.as_expression(first, close) };
        if done {
            self.opens[first - 1] = true;
        } else {
            self.arguments(open);
        }
    }

    /// The first argument that holds statements, and where those end.
    fn statements_in(&self, open: usize, close: usize) -> Option<(usize, usize)> {
        let mut argument = open + 1;
        let mut found = None;
        let mut index = open + 1;
        while index <= close {
            match self.word(index) {
                b"(" | b"[" | b"{" if index < close => {
                    index = self.close(index).unwrap_or(index);
                }
                b"," if found.is_none() => argument = index + 1,
                b";" if index < close && found.is_none() => {
                    let first = self.word(argument);
                    if starts_type(first) || is_jump(first) || self.two_words(argument) {
                        found = Some(argument);
                    }
                }
                word if index == argument && is_statement(word) => found = Some(argument),
                _ => {}
            }
            index += 1;
        }
        found.map(|first| (first, close))
    }

    /// `foo_t x` or `foo_t *x =`: a declaration.
    fn two_words(&self, at: usize) -> bool {
        self.is_ident(at) && self.is_ident(at + 1)
    }

    /// The statements end properly; a semicolon is added where there is room.
    fn ends_statement(&mut self, close: usize) -> bool {
        matches!(self.word(close - 1), b";" | b"}") || self.insert(close - 1, close, b";")
    }

    /// A call that is a statement: its name becomes a keyword, or goes away.
    fn as_block(&mut self, index: usize, first: usize) -> bool {
        let open = index + 1;
        let Some(close) = self.close(open) else { return false };
        self.overwrite(close, b"}");
        if first == open + 1 {
            self.blank(index, open);
            self.overwrite(open, b"{");
            return true;
        }
        let leaves = (first..close).any(|at| matches!(self.word(at), b"break" | b"continue"));
        let length = self.word(index).len();
        let keyword: &[u8] = if leaves && length >= 5 { b"while" } else { b"if" };
        if length >= keyword.len() && self.insert(first - 1, first, b"{") {
            self.overwrite(index, keyword);
            self.overwrite(first - 1, b")");
        } else {
            self.blank(index, open);
            self.overwrite(open, b"{");
            self.overwrite(first - 1, b";");
        }
        self.argument_list(open, first - 1);
        true
    }

    /// A call within an expression: its statements become a statement expression.
    fn as_expression(&mut self, first: usize, close: usize) -> bool {
        let room = self.room(close - 1, close) >= 2 && self.room(first - 1, first) >= 2;
        if room {
            self.insert(first - 1, first, b"({");
            self.insert(close - 1, close, b"})");
        }
        room
    }
}

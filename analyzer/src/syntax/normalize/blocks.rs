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
        let Some(first) = self.statements_in(open, close) else {
            self.arguments(open);
            return;
        };
        let alone = starts
            && (matches!(self.word(close + 1), b";" | b"}") || self.column(close + 1).is_some());
        let ended = self.ends_statement(close);
        let done = if alone && first == open + 1 && !ended {
            // The call's own semicolon ends them.
            self.blank(index, first);
            self.blank(close, close + 1);
            true
        } else if alone {
            ended && self.as_block(index, first)
        } else {
            ended && self.as_expression(index, first)
        };
        if !done {
            self.arguments(open);
            return;
        }
        self.opens[first - 1] = true;
        self.later_arguments(first, close);
    }

    /// The first argument that holds statements.
    fn statements_in(&self, open: usize, close: usize) -> Option<usize> {
        let mut argument = open + 1;
        let mut index = open + 1;
        while index < close {
            match self.word(index) {
                b"(" | b"[" | b"{" => {
                    let end = self.close(index).unwrap_or(index);
                    // `for_each(...) {`
                    let call = index == argument + 1 && self.is_ident(argument);
                    if call && self.word(end + 1) == b"{" && end + 1 < close {
                        return Some(argument);
                    }
                    index = end;
                }
                b"," => argument = index + 1,
                b";" => {
                    let (first, next) = (self.word(argument), self.word(index + 1));
                    if starts_type(first)
                        || is_jump(first)
                        || is_jump(next)
                        || is_statement(next)
                        || self.two_words(argument)
                    {
                        return Some(argument);
                    }
                }
                word if index == argument && is_statement(word) => return Some(argument),
                _ => {}
            }
            index += 1;
        }
        None
    }

    /// `foo_t x` or `foo_t *x =`: a declaration.
    fn two_words(&self, at: usize) -> bool {
        self.is_ident(at) && self.is_ident(at + 1)
    }

    /// The statements end properly; a semicolon is added where there is room.
    fn ends_statement(&mut self, close: usize) -> bool {
        matches!(self.word(close - 1), b";" | b"}") || self.insert(close - 1, close, b";")
    }

    /// Commas between statements.
    fn later_arguments(&mut self, first: usize, close: usize) {
        let mut index = first;
        while index < close {
            match self.word(index) {
                b"(" | b"[" | b"{" => index = self.close(index).unwrap_or(index),
                b"," if matches!(self.word(index - 1), b";" | b"}") => {
                    self.blank(index, index + 1);
                }
                _ => {}
            }
            index += 1;
        }
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

    /// A call within an expression: its arguments become a statement expression.
    fn as_expression(&mut self, index: usize, first: usize) -> bool {
        let open = index + 1;
        let Some(close) = self.close(open) else { return false };
        let name = self.tokens[index];
        if name.end != self.tokens[open].start {
            return false;
        }
        if !self.insert(close - 1, close, b"}") {
            if self.insert(close, close + 1, b")") {
                self.overwrite(close, b"}");
            } else if matches!(self.word(close - 2), b"break" | b"continue") {
                // Not much is lost with the jump, whose place the brace takes.
                self.as_identifier(close - 2, close - 1);
                self.out.text[self.tokens[close - 2].end as usize - 1] = b';';
                self.out.text[self.tokens[close - 2].end as usize - 2] = b' ';
                self.overwrite(close - 1, b"}");
            } else {
                return false;
            }
        }
        self.blank(index, index + 1);
        self.out.text[name.end as usize - 1] = b'(';
        self.overwrite(open, b"{");
        if first > open + 1 {
            self.overwrite(first - 1, b";");
            self.argument_list(open, first - 1);
        }
        true
    }
}

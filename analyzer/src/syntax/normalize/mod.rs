//! Making kernel C digestible for a C grammar without moving a byte.
//!
//! The result has the length and the line breaks of the source, so every span of the parsed text
//! is a span of the file. What the grammar cannot read becomes spaces (comments, preprocessor
//! lines, decoration, inline assembly) or something of the same length that it can: `__rcu`
//! becomes `const` (the original bytes tell them apart), a loop macro's name becomes `while`, a
//! type as a macro argument becomes an identifier.

mod args;
mod blocks;
mod braces;
mod code;
mod head;
mod members;
mod statements;
mod variants;
mod words;

use crate::items::ItemKind;
use crate::text::Span;
use crate::text::directives::live_tokens;
use crate::text::lexer::{Token, TokenKind, lex};

/// What the definitions of a macro make of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MacroClass {
    /// No macro of this name is known.
    Unknown,
    /// Attributes, storage classes or nothing: `__init`, `__printf(1, 2)`.
    Decoration,
    /// Anything else.
    Other,
}

/// What the normaliser asks about macros.
pub trait Macros {
    /// The class of a macro.
    fn class(&self, name: &[u8]) -> MacroClass;
}

/// A normalised text.
#[derive(Debug, Default)]
pub struct Normalized {
    /// As long as the source.
    pub text: Vec<u8>,
    /// Macro calls in a struct body that were blanked: their members are found by expansion.
    pub macro_members: Vec<Span>,
    /// The blanked head of `MACRO(...) { body }`.
    pub macro_head: Option<Span>,
    /// Code that was left out because nothing can be made of it.
    pub given_up: Vec<Span>,
}

/// Normalises an item, once for every combination of preprocessor arms that is needed to see each
/// arm at least once. There is always at least one result.
pub fn normalize(text: &[u8], kind: ItemKind, macros: &dyn Macros) -> Vec<Normalized> {
    let tokens = lex(text, 0, text.len());
    if !tokens.iter().any(|token| token.kind == TokenKind::Directive) {
        return vec![Normalizer::new(text, tokens, macros).run(kind)];
    }
    let (live, arms) = live_tokens(text, &tokens);
    variants::choose(text, &live, &arms)
        .into_iter()
        .map(|tokens| Normalizer::new(text, tokens, macros).run(kind))
        .collect()
}

const NO_PAIR: u32 = u32::MAX;

/// Edits a copy of the text, token by token.
struct Normalizer<'a> {
    source: &'a [u8],
    tokens: Vec<Token>,
    /// For each bracket, the index of its partner.
    pairs: Vec<u32>,
    /// Tokens that were dealt with as part of another.
    done: Vec<bool>,
    /// For the last token of a run of `done` ones, the run's first.
    run: Vec<u32>,
    /// A statement starts after this token: the parenthesis of `if (...)` and the like.
    opens: Vec<bool>,
    /// Expressions are being read, not declarators.
    expression: bool,
    /// A name that is declared here, whatever macros are called the same.
    declared: usize,
    /// A comma was put in before this token.
    comma: usize,
    macros: &'a dyn Macros,
    out: Normalized,
}

impl<'a> Normalizer<'a> {
    fn new(source: &'a [u8], tokens: Vec<Token>, macros: &'a dyn Macros) -> Normalizer<'a> {
        let mut text: Vec<u8> =
            source.iter().map(|byte| if *byte == b'\n' { b'\n' } else { b' ' }).collect();
        for token in &tokens {
            let range = token.start as usize..token.end as usize;
            text[range.clone()].copy_from_slice(&source[range]);
        }
        let pairs = pairs(source, &tokens);
        let done = vec![false; tokens.len()];
        let run = (0..tokens.len() as u32).collect();
        let opens = vec![false; tokens.len()];
        Normalizer {
            source,
            tokens,
            pairs,
            done,
            run,
            opens,
            expression: false,
            declared: usize::MAX,
            comma: usize::MAX,
            macros,
            out: Normalized { text, ..Normalized::default() },
        }
    }

    fn run(mut self, kind: ItemKind) -> Normalized {
        let end = self.tokens.len();
        let body = match kind {
            ItemKind::Function | ItemKind::MacroCall => self.body_start(),
            _ => end,
        };
        match kind {
            ItemKind::Function => {
                self.function_head(body);
                self.declaration(0, body, 0);
                self.code(body, end);
            }
            ItemKind::MacroCall if body < end => {
                let values = self.initializer_head(body);
                self.declaration(0, end, values);
            }
            _ => self.declaration(0, end, 0),
        }
        self.out
    }

    fn word(&self, index: usize) -> &'a [u8] {
        self.tokens.get(index).map_or(b"", |token| token.text(self.source))
    }

    fn kind(&self, index: usize) -> Option<TokenKind> {
        self.tokens.get(index).map(|token| token.kind)
    }

    fn is_ident(&self, index: usize) -> bool {
        self.kind(index) == Some(TokenKind::Ident)
    }

    /// The partner of an opening bracket.
    fn close(&self, index: usize) -> Option<usize> {
        self.pairs.get(index).copied().filter(|pair| *pair != NO_PAIR).map(|pair| pair as usize)
    }

    fn class(&self, index: usize) -> MacroClass {
        if self.is_ident(index) { self.macros.class(self.word(index)) } else { MacroClass::Unknown }
    }

    /// The last token before `index` that is still there.
    fn before(&self, mut index: usize) -> Option<usize> {
        while index > 0 {
            index -= 1;
            if !self.done[index] {
                return Some(index);
            }
            index = self.run[index] as usize;
        }
        None
    }

    fn previous(&self, index: usize) -> &'a [u8] {
        self.before(index).map_or(b"", |at| self.word(at))
    }

    fn mark_done(&mut self, from: usize, to: usize) {
        let first = match from.checked_sub(1) {
            Some(before) if self.done[before] => self.run[before],
            _ => from as u32,
        };
        for index in from..to {
            self.done[index] = true;
            self.run[index] = first;
        }
    }

    /// Tokens `from..to` become spaces.
    fn blank(&mut self, from: usize, to: usize) {
        self.mark_done(from, to);
        for index in from..to {
            self.fill(index, b' ');
        }
    }

    /// Writes into the space between two tokens; whether there is room on one line.
    fn insert(&mut self, after: usize, before: usize, with: &[u8]) -> bool {
        let from = self.tokens[after].end as usize;
        let to = self.tokens.get(before).map_or(from, |token| token.start as usize);
        if to < from + with.len() {
            return false;
        }
        let room = self.out.text[from..to]
            .windows(with.len())
            .position(|space| space.iter().all(|byte| *byte == b' '));
        if let Some(room) = room {
            self.out.text[from + room..from + room + with.len()].copy_from_slice(with);
        }
        room.is_some()
    }

    fn fill(&mut self, index: usize, with: u8) {
        let token = self.tokens[index];
        for byte in &mut self.out.text[token.start as usize..token.end as usize] {
            if *byte != b'\n' {
                *byte = with;
            }
        }
    }

    /// Writes `with` over the start of a token and blanks the rest of it.
    fn overwrite(&mut self, index: usize, with: &[u8]) {
        let start = self.tokens[index].start as usize;
        let room = self.tokens[index].end as usize - start;
        self.fill(index, b' ');
        if with.len() <= room {
            self.out.text[start..start + with.len()].copy_from_slice(with);
        }
    }

    /// Tokens `from..to` become one identifier as long as their first line; the original bytes
    /// tell what it stands for.
    fn as_identifier(&mut self, from: usize, to: usize) {
        let (start, end) = (self.tokens[from].start as usize, self.tokens[to - 1].end as usize);
        let mut fill = b'_';
        for at in start..end {
            if self.out.text[at] == b'\n' {
                fill = b' ';
            } else {
                self.out.text[at] = fill;
            }
        }
        self.mark_done(from, to);
    }

    /// Declarations: types, members, parameters, initialisers. Up to `expression_until` there are
    /// expressions rather than declarators: initialisers, array sizes.
    fn declaration(&mut self, from: usize, to: usize, mut expression_until: usize) {
        let mut index = from;
        while index < to {
            if self.done[index] {
                index += 1;
                continue;
            }
            match self.word(index) {
                b"=" if index >= expression_until => {
                    expression_until = self.initializer_end(index + 1, to);
                }
                b"{" if index >= expression_until
                    && index > 0
                    && (self.word(index - 1) == b"enum"
                        || index > 1 && self.word(index - 2) == b"enum") =>
                {
                    self.enumerators(index);
                }
                b"[" => {
                    let close = self.close(index).unwrap_or(index);
                    expression_until = expression_until.max(close);
                }
                b":" if index >= expression_until => self.unnamed_bits(index),
                b"(" if index < expression_until
                    && index > 0
                    && self.is_ident(index - 1)
                    && !code::is_operator_word(self.word(index - 1)) =>
                {
                    self.arguments(index);
                }
                _ => {}
            }
            self.expression = index < expression_until;
            index = if self.is_ident(index) {
                if index >= expression_until && self.macro_member(index) {
                    index + 1
                } else {
                    self.common_word(index, false)
                }
            } else if self.kind(index) == Some(TokenKind::Str) {
                self.string_run(index)
            } else {
                index + 1
            };
        }
    }

    fn initializer_end(&self, from: usize, to: usize) -> usize {
        let mut index = from;
        while index < to {
            match self.word(index) {
                b"(" | b"[" | b"{" => index = self.close(index).unwrap_or(index),
                b"," | b";" | b")" | b"}" => return index,
                _ => {}
            }
            index += 1;
        }
        to
    }
}

/// Brackets nested deeper have no partner: only text that is no C nests so deep.
const DEEPEST: usize = 500;

fn pairs(source: &[u8], tokens: &[Token]) -> Vec<u32> {
    let mut pairs = vec![NO_PAIR; tokens.len()];
    let mut open: Vec<usize> = Vec::new();
    let mut braces = 0usize;
    for (index, token) in tokens.iter().enumerate() {
        if token.kind != TokenKind::Punct {
            continue;
        }
        let at = match token.text(source) {
            word @ (b"(" | b"[" | b"{") => {
                braces += usize::from(word == b"{");
                open.push(index);
                continue;
            }
            // A brace closes everything inside it; other closers only their own kind.
            b"}" if braces > 0 => open.iter().rposition(|at| tokens[*at].text(source) == b"{"),
            closer @ (b")" | b"]") => {
                let wanted: &[u8] = if closer == b")" { b"(" } else { b"[" };
                let last = open.len().checked_sub(1);
                last.filter(|last| tokens[open[*last]].text(source) == wanted)
            }
            _ => continue,
        };
        let Some(at) = at else { continue };
        if at < DEEPEST {
            pairs[open[at]] = index as u32;
            pairs[index] = open[at] as u32;
        }
        braces -= usize::from(tokens[open[at]].text(source) == b"{");
        open.truncate(at);
    }
    pairs
}

#[cfg(test)]
mod tests;

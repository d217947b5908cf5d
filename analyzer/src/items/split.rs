//! Cutting a file into top-level items.

use rustc_hash::FxHashMap;

use crate::items::names::{declared, name_key};
use crate::items::shape::Head;
use crate::items::{FileItems, Include, Item, ItemKind, Name, Space};
use crate::text::Span;
use crate::text::directives::{Condition, Conditionals, Directive, Step, directive, keyword};
use crate::text::lexer::{Token, TokenKind, lex};

/// Cuts a file into items. Every token that can be compiled is in exactly one item; code that is
/// never compiled (`#if 0`) is in none.
pub fn scan(bytes: &[u8]) -> FileItems {
    scan_with(bytes, &mut |_, _| {})
}

/// As [`scan`], handing each item to `look` with its tokens: those that can be compiled, without
/// preprocessor lines. A `#define` has none.
pub fn scan_with(bytes: &[u8], look: &mut dyn FnMut(&Item, &[Token])) -> FileItems {
    let tokens = lex(bytes, 0, bytes.len());
    let mut scanner = Scanner {
        bytes,
        look,
        out: FileItems { conditions: vec![Condition::default()], ..FileItems::default() },
        state: Conditionals::default(),
        arms: Vec::new(),
        numbers: FxHashMap::from_iter([(Condition::default(), 0)]),
        condition: 0,
        arm: None,
        depth: 0,
        item: Vec::new(),
        head: Head::default(),
        item_condition: 0,
        item_arm: None,
        turns: Vec::new(),
        cuts: 0,
    };
    for (index, token) in tokens.iter().enumerate() {
        if token.kind == TokenKind::Directive {
            let next = tokens.get(index + 1).filter(|t| t.kind == TokenKind::Directive);
            scanner.directive(*token, next.map(|t| t.text(bytes)));
        } else if !scanner.state.dead() {
            scanner.token(*token, &tokens[index + 1..]);
        }
    }
    while scanner.depth > 0 && scanner.cut() {}
    let kind = scanner.kind();
    scanner.finish(kind);
    scanner.out
}

/// So many items of a file are looked through for what they swallowed.
const MOST_CUTS: usize = 64;

pub(super) struct Scanner<'a> {
    pub bytes: &'a [u8],
    look: &'a mut dyn FnMut(&Item, &[Token]),
    out: FileItems,
    state: Conditionals,
    /// For each open conditional: the depth where it opened and the depth where its first arm
    /// ended. Later arms start over from the former; what follows goes on from the latter.
    arms: Vec<(usize, Option<usize>)>,
    /// The places of the conditions in `out`.
    numbers: FxHashMap<Condition, u32>,
    condition: u32,
    arm: Option<Span>,
    depth: usize,
    pub item: Vec<Token>,
    pub head: Head,
    item_condition: u32,
    item_arm: Option<Span>,
    /// From which token of the item on another condition and arm hold.
    turns: Vec<(usize, u32, Option<Span>)>,
    cuts: usize,
}

impl Scanner<'_> {
    fn directive(&mut self, token: Token, next: Option<&[u8]>) {
        let line = token.text(self.bytes);
        let kind = directive(line);
        let was_dead = self.state.dead();
        match self.state.step(line, (token.start, token.end), next) {
            Step::Opened => self.arms.push((self.depth, None)),
            Step::NextArm => {
                if let Some((opened, first)) = self.arms.last_mut() {
                    if !was_dead {
                        first.get_or_insert(self.depth);
                    }
                    self.depth = *opened;
                }
            }
            Step::Closed => {
                if let Some((opened, first)) = self.arms.pop() {
                    let last = if was_dead { opened } else { self.depth };
                    self.depth = first.unwrap_or(last);
                }
            }
            Step::Unmatched(_) | Step::None => {
                if !was_dead {
                    match kind {
                        Directive::Include => self.out.includes.extend(include(line)),
                        Directive::Define => self.define(token),
                        _ => {}
                    }
                }
                return;
            }
        }
        let condition = self.state.condition();
        let next = self.out.conditions.len() as u32;
        self.condition = *self.numbers.entry(condition.clone()).or_insert(next);
        if self.condition == next {
            self.out.conditions.push(condition);
        }
        self.arm = self.state.line().map(|(start, end)| Span { start, end });
        if !self.item.is_empty() {
            self.turns.push((self.item.len(), self.condition, self.arm));
        }
    }

    fn define(&mut self, token: Token) {
        let line = token.text(self.bytes);
        let (_, at) = keyword(line);
        let mut rest = &line[at..];
        rest = rest.trim_ascii_start();
        let end = rest.iter().position(|b| !crate::text::lexer::is_ident_byte(*b));
        let (name, body) = rest.split_at(end.unwrap_or(rest.len()));
        // Register headers hold millions of numbers; a number has no type worth a look.
        if name.is_empty() || is_number(body) {
            return;
        }
        let index = self.out.items.len() as u32;
        self.out.items.push(Item {
            kind: ItemKind::Define,
            span: Span { start: token.start, end: token.end },
            condition: self.condition,
            annotated: has_annotation(line),
            walks: false,
            arm: self.arm,
        });
        (self.look)(&self.out.items[index as usize], &[]);
        self.out.names.push(Name { key: name_key(name, Space::Macro), item: index });
    }

    fn token(&mut self, token: Token, rest: &[Token]) {
        let bytes = self.bytes;
        if self.item.is_empty() {
            if matches!(token.text(bytes), b";" | b"}" | b")" | b"]") {
                return;
            }
            self.item_condition = self.condition;
            self.item_arm = self.arm;
        } else if self.depth == 0 && self.ends_as_macro_call(token, rest) {
            self.finish(ItemKind::MacroCall);
            self.token(token, rest);
            return;
        }
        self.push(token);
        if token.kind != TokenKind::Punct {
            return;
        }
        match token.text(bytes) {
            b"(" | b"[" | b"{" => self.depth += 1,
            b")" | b"]" => self.depth = self.depth.saturating_sub(1),
            b"}" => {
                self.depth = self.depth.saturating_sub(1);
                let ends = self.depth == 0 || self.column_0(token) && self.starts_item(rest);
                let function = ends && self.head.is_function == Some(true);
                if function && (self.depth == 0 || !self.cut()) {
                    self.finish(ItemKind::Function);
                }
            }
            b";" if self.depth == 0 => {
                let macro_call = self.is_macro_call();
                self.finish(if macro_call { ItemKind::MacroCall } else { ItemKind::Declaration });
            }
            _ => {}
        }
    }

    /// What the item is, if it ends here.
    fn kind(&self) -> ItemKind {
        if self.head.is_function == Some(true) {
            ItemKind::Function
        } else if self.is_macro_call() {
            ItemKind::MacroCall
        } else {
            ItemKind::Declaration
        }
    }

    /// Where brackets of the item are open though it ends: ends it before the function in it that is
    /// none of its own, and goes on from there. Whether there is one.
    ///
    /// So what lacks a bracket is broken, and what follows it is not.
    fn cut(&mut self) -> bool {
        let Some(at) = self.swallowed().filter(|_| self.cuts < MOST_CUTS) else { return false };
        self.cuts += 1;
        let mut tokens = std::mem::take(&mut self.item);
        let turns = std::mem::take(&mut self.turns);
        let rest = tokens.split_off(at);
        let last = (self.condition, self.arm);
        self.item = tokens;
        let kind = self.kind();
        self.finish(kind);
        let mut turns = turns.into_iter().peekable();
        (self.condition, self.arm) = (self.item_condition, self.item_arm);
        for (index, token) in rest.iter().enumerate() {
            while let Some((_, condition, arm)) = turns.next_if(|turn| turn.0 <= at + index) {
                (self.condition, self.arm) = (condition, arm);
                if !self.item.is_empty() {
                    self.turns.push((self.item.len(), condition, arm));
                }
            }
            self.token(*token, &rest[index + 1..]);
        }
        (self.condition, self.arm) = last;
        true
    }

    /// The token of the item that starts a function of its own: at the margin, apart from what stands
    /// before it, and followed by a body at the margin.
    fn swallowed(&self) -> Option<usize> {
        let mut start = None;
        for (at, token) in self.item.iter().enumerate().skip(1) {
            if !self.column_0(*token) {
                continue;
            }
            let before = self.item[at - 1];
            if token.is(self.bytes, b"{") && before.is(self.bytes, b")") && start.is_some() {
                return start;
            }
            let gap = &self.bytes[before.end as usize..token.start as usize];
            let apart = before.is(self.bytes, b"}")
                || before.is(self.bytes, b";")
                || memchr::memchr_iter(b'\n', gap).count() > 1;
            let label = self.item.get(at + 1).is_some_and(|next| next.is(self.bytes, b":"));
            if apart && token.kind == TokenKind::Ident && !label {
                start = Some(at);
            }
        }
        None
    }

    pub(super) fn column_0(&self, token: Token) -> bool {
        token.start == 0 || self.bytes[token.start as usize - 1] == b'\n'
    }

    /// Whether the next token looks like the start of an item, though braces are open: some
    /// function's arms do not balance. Others just have a brace at the margin.
    fn starts_item(&self, rest: &[Token]) -> bool {
        let mut next = rest.iter().filter(|token| token.kind != TokenKind::Directive);
        let Some(first) = next.next() else { return true };
        let label = next.next().is_some_and(|token| token.is(self.bytes, b":"));
        first.kind == TokenKind::Ident && self.column_0(*first) && !label
    }

    fn finish(&mut self, kind: ItemKind) {
        self.depth = 0;
        self.head = Head::default();
        self.turns.clear();
        let tokens = std::mem::take(&mut self.item);
        let (Some(first), Some(last)) = (tokens.first(), tokens.last()) else { return };
        let index = self.out.items.len() as u32;
        let span = Span { start: first.start, end: last.end };
        let annotated = has_annotation(&self.bytes[span.range()]);
        self.out.items.push(Item {
            kind,
            span,
            condition: self.item_condition,
            annotated,
            walks: kind == ItemKind::Function && has_reader_loop(&self.bytes[span.range()]),
            arm: self.item_arm,
        });
        (self.look)(&self.out.items[index as usize], &tokens);
        declared(self.bytes, &tokens, kind, |key| self.out.names.push(Name { key, item: index }));
        self.item = tokens;
        self.item.clear();
    }
}

fn include(line: &[u8]) -> Option<Include> {
    let (_, at) = keyword(line);
    let rest = line[at..].trim_ascii();
    let close = match rest.first()? {
        b'"' => b'"',
        b'<' => b'>',
        _ => return None,
    };
    let end = memchr::memchr(close, &rest[1..])?;
    let path = std::str::from_utf8(&rest[1..=end]).ok()?;
    Some(Include { path: path.into(), quoted: close == b'"' })
}

/// The `#include` lines of a file, those in comments and dead code among them.
pub(super) fn includes(bytes: &[u8]) -> Vec<Include> {
    let mut found = Vec::new();
    for at in memchr::memmem::find_iter(bytes, b"include") {
        let line_start = memchr::memrchr(b'\n', &bytes[..at]).map_or(0, |newline| newline + 1);
        if bytes[line_start..at].trim_ascii() == b"#" {
            let end = memchr::memchr(b'\n', &bytes[at..]).map_or(bytes.len(), |end| at + end);
            let start =
                line_start + bytes[line_start..at].iter().position(|b| *b == b'#').unwrap_or(0);
            found.extend(include(&bytes[start..end]));
        }
    }
    found
}

fn has_annotation(text: &[u8]) -> bool {
    memchr::memmem::find(text, b"__rcu").is_some()
}

/// Names of loops for readers end so; the few others are of no use in headers.
fn has_reader_loop(text: &[u8]) -> bool {
    memchr::memmem::find(text, b"for_each").is_some()
        && memchr::memmem::find(text, b"_rcu").is_some()
}

fn is_number(body: &[u8]) -> bool {
    let body = body.trim_ascii();
    let body = body.strip_prefix(b"(").and_then(|b| b.strip_suffix(b")")).unwrap_or(body);
    body.first().is_some_and(u8::is_ascii_digit) && body.iter().all(u8::is_ascii_alphanumeric)
}

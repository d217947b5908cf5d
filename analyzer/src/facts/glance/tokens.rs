//! Where members stand in an item, and of which record they are, as its tokens alone tell.

use rustc_hash::FxHashMap;

use crate::text::lexer::{Token, TokenKind, lex};
use crate::types::{Qualified, Type};

/// A record as a declaration names it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Record {
    /// By its tag.
    Tag(Box<[u8]>),
    /// By a typedef.
    Typedef(Box<[u8]>),
}

/// A member that an item names, or a macro that may.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Mention<'t> {
    /// `variable->a.b`: the records that the variable was declared with, and the members, the one
    /// that is asked for last.
    Of(Vec<Record>, Vec<&'t [u8]>),
    /// `{ .name = ... }`: the record that the whole initialiser is for, and the member.
    Set(Record, &'t [u8]),
    /// The call of a macro, its arguments as one text, and the record whose initialiser it stands in.
    Call(&'t [u8], &'t [u8], Option<Record>),
    /// Of what record it is cannot be told.
    Unclear,
}

/// What is known where a text stands.
#[derive(Clone, Debug, Default)]
pub(super) struct Around {
    /// The records with which variables are declared.
    pub variables: FxHashMap<Box<[u8]>, Vec<Record>>,
    /// The record whose initialiser it stands in.
    pub inside: Option<Record>,
}

impl Record {
    pub fn ty(&self) -> Option<Qualified> {
        let (Record::Tag(name) | Record::Typedef(name)) = self;
        let name = std::str::from_utf8(name).ok()?.into();
        Some(Qualified::plain(match self {
            Record::Tag(_) => Type::Tag(name),
            Record::Typedef(_) => Type::Named(name),
        }))
    }
}

/// The members and macros of a text that are `wanted` (with `true` it is asked about a macro), and
/// what is known behind it. With the first that is unclear it ends.
pub(super) fn mentions<'t>(
    text: &'t [u8],
    around: &Around,
    wanted: impl Fn(&[u8], bool) -> bool,
) -> (Vec<Mention<'t>>, Around) {
    let tokens = lex(text, 0, text.len());
    let mut pass = Pass {
        text,
        tokens: &tokens,
        partners: partners(text, &tokens),
        around: around.clone(),
        braces: Vec::new(),
        parentheses: 0,
        statement: 0,
    };
    if let Some(record) = &around.inside {
        pass.braces.push(Braces::Initialiser(Some(record.clone()), 0));
    }
    pass.declare();
    let mut found = Vec::new();
    for at in 0..tokens.len() {
        let mention = if pass.is_member(at) {
            wanted(pass.word(at), false).then(|| pass.member(at))
        } else if pass.is_name(at) && pass.word(at + 1) == b"(" {
            wanted(pass.word(at), true).then(|| pass.call(at))
        } else {
            None
        };
        if let Some(mention) = mention {
            let unclear = mention == Mention::Unclear;
            found.push(mention);
            if unclear {
                break;
            }
        }
        pass.step(at);
    }
    (found, pass.around)
}

/// Expressions within expressions are read so far.
const DEPTH: usize = 12;
/// A declaration has no more words before a name.
const MOST_WORDS: usize = 16;

/// Words before a name that are no types.
const WORDS: [&[u8]; 15] = [
    b"return", b"goto", b"case", b"else", b"do", b"sizeof", b"typeof", b"if", b"for", b"while",
    b"switch", b"enum", b"struct", b"union", b"default",
];

/// What stands between braces.
enum Braces {
    /// Statements, or members.
    Block,
    /// An initialiser: the record that it is for, if that is known, and how many parentheses are
    /// open around it.
    Initialiser(Option<Record>, usize),
}

struct Pass<'p, 't> {
    text: &'t [u8],
    tokens: &'p [Token],
    /// Of each parenthesis and bracket, the other one.
    partners: Vec<Option<u32>>,
    around: Around,
    braces: Vec<Braces>,
    parentheses: usize,
    /// The first token of the statement.
    statement: usize,
}

/// What a chain of members begins with.
enum Base<'t> {
    Variable(&'t [u8]),
    /// A cast to it.
    Record(Record),
}

fn partners(text: &[u8], tokens: &[Token]) -> Vec<Option<u32>> {
    let mut partners = vec![None; tokens.len()];
    let mut open = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        match token.text(text) {
            b"(" | b"[" => open.push(at),
            b")" | b"]" => {
                if let Some(other) = open.pop() {
                    partners[at] = Some(other as u32);
                    partners[other] = Some(at as u32);
                }
            }
            _ => {}
        }
    }
    partners
}

impl<'t> Pass<'_, 't> {
    fn word(&self, at: usize) -> &'t [u8] {
        self.tokens.get(at).map_or(b"", |token| token.text(self.text))
    }

    fn before(&self, at: usize) -> &'t [u8] {
        at.checked_sub(1).map_or(b"", |at| self.word(at))
    }

    fn partner(&self, at: usize) -> Option<usize> {
        self.partners.get(at)?.map(|at| at as usize)
    }

    fn is_name(&self, at: usize) -> bool {
        self.tokens.get(at).is_some_and(|token| token.kind == TokenKind::Ident)
    }

    fn is_member(&self, at: usize) -> bool {
        self.is_name(at) && matches!(self.before(at), b"->" | b".")
    }

    /// The record that a type there names, and what stands behind the name.
    fn record(&self, at: usize) -> Option<(Record, usize)> {
        let qualifier = |at: &usize| matches!(self.word(*at), b"const" | b"volatile");
        let at = at + (at..at + MOST_WORDS).take_while(qualifier).count();
        match self.word(at) {
            b"struct" | b"union" if self.is_name(at + 1) => {
                Some((Record::Tag(self.word(at + 1).into()), at + 2))
            }
            word if self.is_name(at) && !WORDS.contains(&word) => {
                Some((Record::Typedef(word.into()), at + 1))
            }
            _ => None,
        }
    }

    /// Notes every variable that is declared with a record, or what may be one.
    fn declare(&mut self) {
        let mut depth = 0usize;
        for at in 0..self.tokens.len() {
            match self.word(at) {
                b"(" | b"[" => depth += 1,
                b")" | b"]" => depth = depth.saturating_sub(1),
                _ => {}
            }
            let begins = matches!(
                self.before(at),
                b"" | b";"
                    | b"{"
                    | b"}"
                    | b"("
                    | b","
                    | b":"
                    | b"static"
                    | b"register"
                    | b"const"
                    | b"volatile"
            );
            let tagged = matches!(self.word(at), b"struct" | b"union");
            let qualifier = matches!(self.word(at), b"const" | b"volatile");
            let may_begin = tagged || begins && self.is_name(at);
            if qualifier || !may_begin {
                continue;
            }
            let Some((record, mut next)) = self.record(at) else { continue };
            while let Some(declarator) = self.declarator(next) {
                let name = self.word(declarator).into();
                self.around.variables.entry(name).or_default().push(record.clone());
                // Further ones stand behind commas, but for those of parameters.
                let more = depth == 0 && self.word(declarator + 1) == b",";
                if !more {
                    break;
                }
                next = declarator + 2;
            }
        }
    }

    /// The name of a variable behind asterisks, qualifiers and attributes.
    fn declarator(&self, mut at: usize) -> Option<usize> {
        let mut last = None;
        let most = at + MOST_WORDS;
        while at < most && (self.is_name(at) || self.word(at) == b"*") {
            last = self.is_name(at).then_some(at);
            at += 1;
        }
        last.filter(|_| matches!(self.word(at), b"," | b";" | b"=" | b")" | b"[" | b":" | b""))
    }

    /// What the member named there belongs to.
    fn member(&self, at: usize) -> Mention<'t> {
        if let Some((base, mut members, _)) =
            at.checked_sub(2).and_then(|end| self.postfix(end, DEPTH))
        {
            members.push(self.word(at));
            return match base {
                Base::Record(record) => Mention::Of(vec![record], members),
                Base::Variable(name) => {
                    let records = self.around.variables.get(name).cloned();
                    records.map_or(Mention::Unclear, |records| Mention::Of(records, members))
                }
            };
        }
        // `.a.name = `
        let mut first = at;
        for _ in 0..DEPTH {
            first -= if first >= 2 && self.is_member(first - 2) { 2 } else { 0 };
        }
        let dot = first - 1;
        let designator = self.word(dot) == b"." && matches!(self.before(dot), b"{" | b"," | b"");
        match self.inside() {
            Some(record) if designator => Mention::Set(record, self.word(at)),
            _ => Mention::Unclear,
        }
    }

    /// The record whose initialiser a place is in, if not between parentheses.
    fn inside(&self) -> Option<Record> {
        match self.braces.last()? {
            Braces::Initialiser(record, open) if *open == self.parentheses => record.clone(),
            _ => None,
        }
    }

    fn call(&self, at: usize) -> Mention<'t> {
        let Some(end) = self.partner(at + 1) else { return Mention::Unclear };
        let (start, end) = (self.tokens[at + 1].end as usize, self.tokens[end].start as usize);
        Mention::Call(self.word(at), &self.text[start..end], self.inside())
    }

    /// What the expression of names, members, elements and parentheses that ends there begins with,
    /// the members, and where it begins. Pointers, what they lead to and elements are one here.
    fn postfix(&self, end: usize, left: usize) -> Option<(Base<'t>, Vec<&'t [u8]>, usize)> {
        let left = left.checked_sub(1)?;
        if self.is_member(end) {
            let (base, mut members, start) = self.postfix(end.checked_sub(2)?, left)?;
            members.push(self.word(end));
            return Some((base, members, start));
        }
        if self.is_name(end) {
            return Some((Base::Variable(self.word(end)), Vec::new(), end));
        }
        let open = self.partner(end)?;
        if self.word(end) == b"]" {
            return self.postfix(open.checked_sub(1)?, left);
        }
        // What is called, and what `sizeof` and the like are for.
        if let Some(before) = open.checked_sub(1) {
            let called = self.is_name(before) && self.word(before) != b"return"
                || self.word(before) == b"]"
                || self.word(before) == b")" && self.cast(before).is_none();
            if called {
                return None;
            }
        }
        let mut start = open + 1;
        while matches!(self.word(start), b"&" | b"*") {
            start += 1;
        }
        let last = end.checked_sub(1)?;
        let cast = self.partner(start).filter(|close| *close < last);
        if let Some((record, close)) = cast.and_then(|close| Some((self.cast(close)?, close))) {
            let whole = self.word(close + 1) == b"(" && self.partner(close + 1) == Some(last);
            let whole = whole || self.postfix(last, left).is_some_and(|(.., at)| at == close + 1);
            return whole.then_some((Base::Record(record), Vec::new(), open));
        }
        let (base, members, at) = self.postfix(last, left)?;
        (at == start).then_some((base, members, open))
    }

    /// The record of `(struct tag *)` or `(name *)` that ends there.
    fn cast(&self, close: usize) -> Option<Record> {
        let open = self.partner(close)?;
        let (record, mut at) = self.record(open + 1)?;
        while matches!(self.word(at), b"*" | b"const") {
            at += 1;
        }
        // `(name)(x)` may be a call.
        let pointer = self.word(close - 1) == b"*" || matches!(record, Record::Tag(_));
        (at == close && (pointer || self.is_name(close + 1))).then_some(record)
    }

    /// Goes past a token.
    fn step(&mut self, at: usize) {
        match self.word(at) {
            b"(" => self.parentheses += 1,
            b")" => self.parentheses = self.parentheses.saturating_sub(1),
            b"{" => {
                let opened = self.opened(at);
                self.braces.push(opened);
                self.statement = at + 1;
            }
            b"}" => {
                self.braces.pop();
                self.statement = at + 1;
            }
            b";" => self.statement = at + 1,
            _ => {}
        }
    }

    /// What the braces that open there are around.
    fn opened(&self, at: usize) -> Braces {
        let open = self.parentheses;
        // A compound literal, wherever it stands.
        if let Some(record) = at.checked_sub(1).and_then(|close| self.literal(close)) {
            return Braces::Initialiser(Some(record), open);
        }
        if let Some(Braces::Initialiser(..)) = self.braces.last() {
            // What parentheses hold may be anything.
            return Braces::Initialiser(self.inside(), open);
        }
        if self.before(at) != b"=" {
            return Braces::Block;
        }
        let mut start = self.statement;
        while matches!(self.word(start), b"static" | b"extern" | b"register" | b"const") {
            start += 1;
        }
        let tagged = (start..at)
            .take_while(|at| !matches!(self.word(*at), b"(" | b"="))
            .find(|at| matches!(self.word(*at), b"struct" | b"union"));
        let record = self.record(tagged.unwrap_or(start)).map(|(record, _)| record);
        Braces::Initialiser(record, open)
    }

    /// The record of `(struct tag)`, `(struct tag[])` or `(name)` that ends there, before a brace.
    fn literal(&self, close: usize) -> Option<Record> {
        let open = self.partner(close).filter(|_| self.word(close) == b")")?;
        let called = open.checked_sub(1).is_some_and(|before| {
            self.is_name(before) && self.word(before) != b"return"
                || matches!(self.word(before), b")" | b"]")
        });
        let (record, at) = self.record(open + 1).filter(|_| !called)?;
        let end = if self.word(at) == b"[" { self.partner(at)? + 1 } else { at };
        (end == close).then_some(record)
    }
}

#[cfg(test)]
mod tests;

//! Whether a module that goes waits for what it has called behind a grace period. Read off the
//! tokens of all its files: callbacks and exits are named where they are registered, and what is
//! reached from an exit is taken generously, by every name that is mentioned on the way.
//! Sources: Documentation/RCU/rcubarrier.rst, Documentation/filesystems/porting.rst (`free_inode`).

use std::path::Path;

use rustc_hash::{FxHashMap, FxHashSet};

use super::Module;
use crate::facts::Declaration;
use crate::index::IndexedFile;
use crate::items::{Item, ItemKind, function_name};
use crate::kernel::context::{Wait, context};
use crate::kernel::version::Version;
use crate::text::Span;
use crate::text::lexer::{Token, TokenKind, lex};

/// The end of a module that leaves callbacks behind.
#[derive(Clone, Debug)]
pub struct Exit {
    /// The function that ends it, or the driver whose macro makes one.
    pub name: String,
    /// Where that stands.
    pub span: Span,
    /// The function, unless a macro makes it.
    pub function: Option<String>,
    /// What may be called after it, one of each kind of wait that is missing.
    pub posted: Vec<Posted>,
    /// Caches of objects that are destroyed on the way.
    pub destroyed: Vec<Span>,
}

/// A function of a module that is called behind a grace period.
#[derive(Clone, Debug)]
pub struct Posted {
    /// Where it is registered, and which function.
    pub at: Declaration,
    /// Which grace period.
    pub waits: Wait,
}

/// An item of a module.
type Place = (usize, u32);

struct Reader<'m> {
    module: &'m Module,
    version: Version,
    /// The functions, variables and macros of each file.
    own: Vec<FxHashMap<Vec<u8>, Vec<u32>>>,
    /// Those of all files, in the order of the files.
    all: FxHashMap<Vec<u8>, Vec<Place>>,
}

impl Module {
    /// Those of the exits in one of its files that do not wait for all that it has posted.
    pub(super) fn judge(&self, file: &Path, exits: Vec<Named>, version: Version) -> Vec<Exit> {
        let Some(at) = self.files.iter().position(|one| one.path == file) else {
            return Vec::new();
        };
        let own: Vec<_> = self.files.iter().map(defined).collect();
        let mut all: FxHashMap<Vec<u8>, Vec<Place>> = FxHashMap::default();
        for (at, names) in own.iter().enumerate() {
            for (name, items) in names {
                let places = items.iter().map(|item| (at, *item));
                all.entry(name.clone()).or_default().extend(places);
            }
        }
        let reader = Reader { module: self, version, own, all };
        let posted = reader.posted();
        if posted.is_empty() {
            return Vec::new();
        }
        exits.into_iter().filter_map(|exit| reader.judge(at, exit, &posted)).collect()
    }
}

/// What a macro says is called, or taken away, when a module goes.
pub(super) struct Named {
    name: String,
    span: Span,
    /// The macro makes the function that does that.
    made: bool,
}

/// Whether a text may have something called behind a grace period.
pub(super) fn may_post(text: &[u8]) -> bool {
    context().post_words().any(|word| memchr::memmem::find(text, word).is_some())
}

/// The functions, macros and variables of a file, by name.
fn defined(file: &IndexedFile) -> FxHashMap<Vec<u8>, Vec<u32>> {
    let mut found: FxHashMap<Vec<u8>, Vec<u32>> = FxHashMap::default();
    for (at, item) in file.items.items.iter().enumerate() {
        let text = file.text(item);
        let tokens = lex(text, 0, text.len());
        let name = match item.kind {
            ItemKind::Function => function_name(text, &tokens).map(|name| name.text(text).to_vec()),
            // `#define NAME`
            ItemKind::Define => {
                let line = String::from_utf8_lossy(text);
                let rest = line.trim_start_matches('#').trim_start().strip_prefix("define");
                let rest = rest.unwrap_or_default().trim_start();
                let end = rest.find(|c: char| c != '_' && !c.is_ascii_alphanumeric());
                Some(rest.as_bytes()[..end.unwrap_or(rest.len())].to_vec())
            }
            // What is initialised: `struct ops ops = {`, `struct ops ops[] = {`
            ItemKind::Declaration => {
                tokens.iter().position(|one| one.is(text, b"=")).and_then(|to| {
                    let before = &tokens[..to];
                    let end = before.iter().position(|one| one.is(text, b"[")).unwrap_or(to);
                    let name = before[..end].last().filter(|one| one.kind == TokenKind::Ident)?;
                    Some(name.text(text).to_vec())
                })
            }
            ItemKind::MacroCall => None,
        };
        if let Some(name) = name {
            found.entry(name).or_default().push(at as u32);
        }
    }
    found
}

/// Where a file says what is to be called when its module goes.
pub(super) fn exits(file: &IndexedFile, version: Version) -> Vec<Named> {
    let mut found = Vec::new();
    let lone = |item: &&Item| matches!(item.kind, ItemKind::MacroCall | ItemKind::Declaration);
    for item in file.items.items.iter().filter(lone) {
        let text = file.text(item);
        let tokens = lex(text, 0, text.len().min(512));
        let [name, open, first, ..] = tokens.as_slice() else { continue };
        if !open.is(text, b"(") {
            continue;
        }
        if let Some(made) = context().exit(name.text(text), version) {
            let given = String::from_utf8_lossy(first.text(text)).into_owned();
            let span = Span { start: first.start, end: first.end };
            let span = span.shifted(item.span.start as usize);
            found.push(Named { name: given, span, made });
        }
    }
    found
}

impl Reader<'_> {
    /// The item that a name means in a file: one of its own, or one of another file of the module.
    fn find(&self, file: usize, name: &[u8]) -> Vec<Place> {
        match self.own[file].get(name) {
            Some(items) => items.iter().map(|item| (file, *item)).collect(),
            None => self.all.get(name).cloned().unwrap_or_default(),
        }
    }

    fn item(&self, (file, item): Place) -> (&IndexedFile, &Item) {
        let file = &self.module.files[file];
        (file, &file.items.items[item as usize])
    }

    /// Whether a name means a function that nobody else waits for: one that signals a completion is
    /// waited for by whoever waits for that. Source: include/linux/completion.h.
    fn is_left_alone(&self, file: usize, name: &[u8]) -> bool {
        let found = self.find(file, name);
        let mut functions = found.iter().filter(|at| self.item(**at).1.kind == ItemKind::Function);
        functions.next().is_some_and(|at| {
            let (home, _) = self.item(*at);
            let mut called = home.called(at.1).iter().map(|name| &**name);
            !called.any(|name| matches!(name, "complete" | "complete_all"))
        })
    }

    /// The functions of the module that something calls behind a grace period.
    fn posted(&self) -> Vec<Posted> {
        let mut found = Vec::new();
        for (at, file) in self.module.files.iter().enumerate() {
            if !may_post(file.source().bytes()) {
                continue;
            }
            for item in &file.items.items {
                let text = file.text(item);
                let tokens = lex(text, 0, text.len());
                let given = match item.kind {
                    ItemKind::Function => given_to_calls(text, &tokens, self.version),
                    ItemKind::Declaration => given_to_members(text, &tokens, self.version),
                    ItemKind::MacroCall | ItemKind::Define => Vec::new(),
                };
                for (token, waits) in given {
                    if !self.is_left_alone(at, token.text(text)) {
                        continue;
                    }
                    let span = Span { start: token.start, end: token.end }
                        .shifted(item.span.start as usize);
                    let at = Declaration {
                        name: String::from_utf8_lossy(token.text(text)).into_owned(),
                        path: file.path.clone(),
                        shown: file.shown.clone(),
                        span,
                        start: file.source().position(span.start),
                        end: file.source().position(span.end),
                    };
                    found.push(Posted { at, waits });
                }
            }
        }
        found
    }

    /// What an exit leaves behind.
    fn judge(
        &self,
        file: usize,
        Named { name, span, made }: Named,
        posted: &[Posted],
    ) -> Option<Exit> {
        let mut waits: FxHashSet<Wait> = FxHashSet::default();
        let mut destroyed = Vec::new();
        let mut seen: FxHashSet<Place> = FxHashSet::default();
        let mut pending = self.find(file, name.as_bytes());
        if pending.is_empty() {
            return None;
        }
        let own = pending.iter().copied().find(|place| place.0 == file)?;
        while let Some(place) = pending.pop() {
            if !seen.insert(place) {
                continue;
            }
            let (home, item) = self.item(place);
            let text = home.text(item);
            // The words of a `#define` are those of its line.
            let skip = usize::from(item.kind == ItemKind::Define);
            for token in lex(text, skip, text.len()) {
                let word = token.text(text);
                if token.kind != TokenKind::Ident {
                    continue;
                }
                waits.extend(context().barrier(word, self.version));
                if place.0 == file && word == b"kmem_cache_destroy" {
                    let span = Span { start: token.start, end: token.end };
                    destroyed.push(span.shifted(item.span.start as usize));
                }
                pending.extend(self.find(place.0, word));
            }
        }
        let mut left: Vec<Posted> = Vec::new();
        for one in posted {
            if !waits.contains(&one.waits) && !left.iter().any(|other| other.waits == one.waits) {
                left.push(one.clone());
            }
        }
        if left.is_empty() {
            return None;
        }
        destroyed.sort_unstable();
        let (home, item) = self.item(own);
        let head = (item.kind == ItemKind::Function && !made)
            .then(|| {
                let text = home.text(item);
                function_name(text, &lex(text, 0, text.len()))
            })
            .flatten();
        let at = head.map(|token| {
            Span { start: token.start, end: token.end }.shifted(item.span.start as usize)
        });
        let function = at.map(|_| name.clone());
        Some(Exit { name, span: at.unwrap_or(span), function, posted: left, destroyed })
    }
}

/// `call_rcu(&x->rcu, done)`: `done`.
fn given_to_calls(text: &[u8], tokens: &[Token], version: Version) -> Vec<(Token, Wait)> {
    let mut found = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let row = match token.kind {
            TokenKind::Ident => context().deferral(token.text(text), version),
            _ => None,
        };
        let Some((wanted, waits)) = row.and_then(|row| Some((row.callback?, row.waits))) else {
            continue;
        };
        let (mut depth, mut argument) = (0usize, 0);
        for (next, one) in tokens.iter().enumerate().skip(at + 1) {
            match one.text(text) {
                b"(" | b"[" => depth += 1,
                b")" | b"]" => depth = depth.saturating_sub(1),
                b"," if depth == 1 => argument += 1,
                _ if depth == 1
                    && argument == wanted
                    && one.kind == TokenKind::Ident
                    && tokens
                        .get(next + 1)
                        .is_some_and(|end| end.is(text, b")") || end.is(text, b",")) =>
                {
                    found.push((*one, waits));
                }
                _ => {}
            }
            if depth == 0 {
                break;
            }
        }
    }
    found
}

/// `struct super_operations ops = { .free_inode = done }`: `done`.
fn given_to_members(text: &[u8], tokens: &[Token], version: Version) -> Vec<(Token, Wait)> {
    let mut found = Vec::new();
    let equals = tokens.iter().position(|one| one.is(text, b"=")).unwrap_or(tokens.len());
    for (tag, member, waits) in context().posts(version) {
        let typed = tokens[..equals]
            .windows(2)
            .any(|pair| pair[0].is_word(text, b"struct") && pair[1].is_word(text, tag.as_bytes()));
        if !typed {
            continue;
        }
        found.extend(tokens.windows(4).filter_map(|four| {
            let named = four[0].is(text, b".")
                && four[1].is_word(text, member.as_bytes())
                && four[2].is(text, b"=")
                && four[3].kind == TokenKind::Ident;
            named.then_some((four[3], waits))
        }));
    }
    found
}

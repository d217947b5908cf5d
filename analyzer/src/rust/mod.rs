//! The Rust of the kernel: what it does with C structures whose members are RCU pointers. bindgen drops
//! `__rcu`, so a type of the bindings does not tell; the C index does.
//!
//! A file is read by syn, where it lies flat enough, on a thread of its own with room for that
//! (`with_room`). Its functions are walked in the order in which their code runs (`walk`, with `expr`,
//! `place`, `calls`, `macros`). Types come from syntax and from declarations (`ty`, `names`, `declared`,
//! `tree`) and, behind the bindings, from C (`bindings`). Which reader sections are open follows from
//! the guards in scope (`guards`).

mod bindings;
mod calls;
mod declared;
mod expr;
mod facts;
mod guards;
mod lexer;
mod macros;
mod names;
mod place;
#[cfg(test)]
mod tests;
mod tree;
mod ty;
mod walk;

use std::path::Path;
use std::sync::Arc;

pub use facts::{
    DroppedGuard, MissingHelper, RustAccess, RustAccessKind, RustFacts, RustOutside,
    RustOutsideKind, RustStatistics,
};
pub(crate) use lexer::{Lexed, lex};
pub(crate) use tree::RustTree;

use crate::facts::{AnnotatedNames, FileFacts, Gap, Role};
use crate::text::comments::rust_remarks;
use crate::text::{SourceFile, Span};
use crate::types::Unit;
use bindings::Bindings;
use declared::Declared;
use names::{Names, module_of};
use walk::Walk;

/// Whether a file is Rust.
pub fn is_rust(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "rs")
}

/// Whether Rust code can have to do with RCU: raw pointers of C are followed in `unsafe` code alone.
pub(crate) fn matters(bytes: &[u8]) -> bool {
    [&b"unsafe"[..], b"rcu"].iter().any(|word| memchr::memmem::find(bytes, word).is_some())
}

/// Room for parsing what [`lexer::is_shallow`] lets through.
const STACK: usize = 256 << 20;

/// Runs on a thread that has room for code which nests deep.
pub(crate) fn with_room<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| {
        let builder = std::thread::Builder::new().stack_size(STACK);
        let thread = builder.spawn_scoped(scope, work).expect("a thread can be started");
        match thread.join() {
            Ok(done) => done,
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}

/// Why a text could not be parsed, and where.
struct Unparsed {
    span: Span,
    reason: String,
}

/// So many items of a file may be broken.
const MOST_BROKEN: usize = 64;

/// Parses a text, on a thread with room; what cannot be parsed costs its item, and is told.
fn parse(bytes: &[u8], lexed: &Lexed) -> Result<(syn::File, Vec<Unparsed>), Unparsed> {
    let none = |reason: &str| Unparsed { span: Span::default(), reason: reason.to_owned() };
    if !lexer::is_shallow(bytes, &lexed.tokens) {
        return Err(none("nested too deeply to be parsed"));
    }
    // What syn takes away in front would move what is behind it.
    let mut bytes = bytes.to_vec();
    let front = match &bytes[..] {
        [0xef, 0xbb, 0xbf, ..] => 3,
        [b'#', b'!', rest @ ..] if rest.trim_ascii_start().first() != Some(&b'[') => {
            memchr::memchr(b'\n', &bytes).unwrap_or(bytes.len())
        }
        _ => 0,
    };
    bytes[..front].fill(b' ');
    let mut text = String::from_utf8(bytes).map_err(|_| none("not UTF-8"))?;
    let mut broken: Vec<Unparsed> = Vec::new();
    loop {
        let error = match syn::parse_file(&text) {
            Ok(file) if !file.items.is_empty() || broken.is_empty() => return Ok((file, broken)),
            Ok(_) => return Err(broken.swap_remove(0)),
            Err(error) => error,
        };
        let range = error.span().byte_range();
        let span = Span::new(range.start.min(text.len()), range.end.min(text.len()));
        let unparsed = Unparsed { span, reason: format!("not parsed as Rust: {error}") };
        let item = lexer::item_around(text.as_bytes(), &lexed.tokens, span.start);
        let left = item.map(|item| text[item.range()].trim_ascii().len()).unwrap_or_default();
        match item.filter(|_| left > 0 && broken.len() < MOST_BROKEN) {
            Some(item) => text.replace_range(item.range(), &" ".repeat(item.len())),
            None => return Err(broken.into_iter().next().unwrap_or(unparsed)),
        }
        broken.push(unparsed);
    }
}

/// What the file at a path declares; `None` if it cannot be parsed.
fn declared(path: &Path, bytes: &[u8]) -> Option<Vec<Arc<Declared>>> {
    with_room(|| {
        let (file, _) = parse(bytes, &lex(bytes)).ok()?;
        Some(Declared::all(module_of(path), &file.items))
    })
}

/// The facts of a Rust file; on a thread with room.
pub(crate) fn facts(unit: &Unit<'_>, shared: &AnnotatedNames, tree: &RustTree) -> FileFacts {
    let source: &SourceFile = unit.file.source();
    let bytes = source.bytes();
    let lexed = lex(bytes);
    let mut facts = FileFacts { remarks: rust_remarks(source, &lexed), ..FileFacts::default() };
    let (file, broken) = match parse(bytes, &lexed) {
        Ok(parsed) => parsed,
        Err(Unparsed { span, reason }) => {
            facts.statistics.broken.push(Gap { span, function: None, reason });
            facts.rust.statistics = Some(RustStatistics::default());
            return facts;
        }
    };
    let module = module_of(&unit.file.path);
    let names = Names::new(module.clone(), &file.items);
    let own = Declared::all(module, &file.items);
    let seen = tree.seen(&unit.file.path, own);
    let bindings = Bindings::new(unit);
    let is_member = |name: &str| shared.visible(name.as_bytes(), Role::Member, unit);
    let mut walk = Walk::new(&bindings, &seen, names, source, &is_member);
    walk.items(&file.items);
    walk.finish();
    facts.statistics.items = walk.items;
    facts.statistics.parsed = walk.functions;
    facts.statistics.untyped = walk.gaps;
    let gap = |Unparsed { span, reason }| Gap { span, function: None, reason };
    facts.statistics.broken = broken.into_iter().map(gap).chain(walk.broken).collect();
    facts.rust = RustFacts { statistics: Some(walk.counts), ..walk.facts };
    facts
}

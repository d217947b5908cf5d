//! The Rust of the kernel: what it does with C structures whose members are RCU pointers. bindgen drops
//! `__rcu`, so a type of the bindings does not tell; the C index does.
//!
//! A file is read by syn, where it lies flat enough, on a thread of its own with room for that
//! ([`with_room`]). Its functions are walked in the order in which their code runs ([`walk`], with
//! [`expr`], [`place`], [`calls`], [`macros`]). Types come from syntax and from declarations
//! ([`ty`], [`names`], [`declared`], [`tree`]) and, behind the bindings, from C ([`bindings`]). Which
//! reader sections are open follows from the guards in scope ([`guards`]).

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

/// Parses a text; on a thread with room.
fn parse(bytes: &[u8], lexed: &Lexed) -> Result<syn::File, Unparsed> {
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
    let text = std::str::from_utf8(&bytes).map_err(|_| none("not UTF-8"))?;
    syn::parse_file(text).map_err(|error| {
        let range = error.span().byte_range();
        let span = Span::new(range.start.min(bytes.len()), range.end.min(bytes.len()));
        Unparsed { span, reason: format!("not parsed as Rust: {error}") }
    })
}

/// What the file at a path declares; `None` if it cannot be parsed.
fn declared(path: &Path, bytes: &[u8]) -> Option<Vec<Arc<Declared>>> {
    with_room(|| {
        let file = parse(bytes, &lex(bytes)).ok()?;
        Some(Declared::all(module_of(path), &file.items))
    })
}

/// The facts of a Rust file; on a thread with room.
pub(crate) fn facts(unit: &Unit<'_>, shared: &AnnotatedNames, tree: &RustTree) -> FileFacts {
    let source: &SourceFile = unit.file.source();
    let bytes = source.bytes();
    let lexed = lex(bytes);
    let mut facts = FileFacts { remarks: rust_remarks(source, &lexed), ..FileFacts::default() };
    let file = match parse(bytes, &lexed) {
        Ok(file) => file,
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
    facts.statistics.broken = walk.broken;
    facts.rust = RustFacts { statistics: Some(walk.counts), ..walk.facts };
    facts
}

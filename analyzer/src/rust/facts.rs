//! What is stated of Rust code, for rules to judge.

use serde::{Deserialize, Serialize};

use crate::facts::Declaration;
use crate::text::Span;

/// What Rust code does with RCU pointers of C, and with reader sections.
#[derive(Debug, Default)]
pub struct RustFacts {
    /// Accesses to members that C declares `__rcu`, which bindgen does not tell, by position.
    pub accesses: Vec<RustAccess>,
    /// Loads for a reader where no reader section is, and uses of what was loaded behind its end.
    pub outside: Vec<RustOutside>,
    /// Guards of reader sections that nobody keeps.
    pub dropped: Vec<DroppedGuard>,
    /// Calls of what bindgen makes no function of.
    pub missing: Vec<MissingHelper>,
    /// What was read of the file, if it is Rust.
    pub statistics: Option<RustStatistics>,
}

impl RustFacts {
    /// Whether there is anything for a rule to judge.
    pub fn any(&self) -> bool {
        !self.accesses.is_empty()
            || !self.outside.is_empty()
            || !self.dropped.is_empty()
            || !self.missing.is_empty()
    }
}

/// What was read of a Rust file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RustStatistics {
    /// It could be parsed.
    pub parsed: bool,
    /// Functions and modules that are compiled for tests alone, which are left out.
    pub tests: usize,
    /// Definitions of macros and calls of macros for items, whose text is not looked at.
    pub macros: usize,
}

/// An access to a member that C declares `__rcu`.
#[derive(Clone, Debug)]
pub struct RustAccess {
    /// The function it stands in.
    pub function: Option<String>,
    /// The expression that reads, the place that is written, or the call that does either.
    pub span: Span,
    /// The text of the place.
    pub expression: String,
    /// What is done.
    pub kind: RustAccessKind,
    /// No reader can see the object: it is a variable of the function, or the closure is given to what
    /// initialises an object.
    pub unpublished: bool,
    /// The member's declaration in C.
    pub declaration: Declaration,
}

/// What is done with a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RustAccessKind {
    /// The pointer is read.
    Load,
    /// The pointer is read to be tested or compared.
    Test,
    /// A pointer is written.
    Store,
    /// NULL is written.
    NullStore,
    /// A pointer is written by `write_volatile()`, the counterpart of `WRITE_ONCE()`.
    VolatileStore,
}

/// A load for a reader, or a use of what was loaded, where no reader section is.
#[derive(Clone, Debug)]
pub struct RustOutside {
    /// The function it stands in.
    pub function: Option<String>,
    /// The call that loads, or the use.
    pub span: Span,
    /// Its text.
    pub expression: String,
    /// What it is.
    pub kind: RustOutsideKind,
}

/// Why something is outside a reader section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RustOutsideKind {
    /// A call of what loads for a reader, by this name.
    Load(String),
    /// A use of a pointer that was loaded at a place, in a reader section that has ended at another.
    Stale {
        /// Where it was loaded.
        loaded: Span,
        /// Where the section ended, if at a place of its own rather than with its block.
        ended: Option<Span>,
    },
}

/// A guard of a reader section that nobody keeps.
#[derive(Clone, Debug)]
pub struct DroppedGuard {
    /// The function it stands in.
    pub function: Option<String>,
    /// The call that takes the section.
    pub span: Span,
    /// Its text.
    pub expression: String,
    /// What is to be replaced by, or to come before the call as, `let _guard =`: `let _ =`, `_ =`, or
    /// an empty span.
    pub binding: Span,
    /// The name for the guard: one that nothing else in the function has.
    pub name: String,
    /// Nothing behind it in its block could sleep or wait for readers.
    pub short: bool,
}

/// A call through the bindings of what is no function to bindgen.
#[derive(Clone, Debug)]
pub struct MissingHelper {
    /// The function it stands in.
    pub function: Option<String>,
    /// The path that is called.
    pub span: Span,
    /// Its text.
    pub expression: String,
    /// What is called.
    pub name: String,
    /// It is a macro, not an inline function.
    pub is_macro: bool,
    /// Where C defines it.
    pub declaration: Declaration,
}

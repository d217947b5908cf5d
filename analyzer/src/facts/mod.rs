//! What the analyzer found out, for rules to judge: accesses to `__rcu` pointers, and what could
//! not be read or typed.

mod file;
mod initializers;
mod names;
mod usage;
mod walk;

use std::path::PathBuf;

pub(crate) use file::{coverage, facts};
pub use names::{AnnotatedNames, Role};

use crate::text::{Position, Span};

/// Everything known about one checked file.
#[derive(Debug, Default)]
pub struct FileFacts {
    /// Plain accesses to `__rcu` lvalues, by position.
    pub accesses: Vec<Access>,
    /// What was read, and what could not be.
    pub statistics: FileStatistics,
}

/// One use of an `__rcu` lvalue outside an accessor.
#[derive(Clone, Debug)]
pub struct Access {
    /// The function it stands in; `None` for initialisers of globals.
    pub function: Option<String>,
    /// The lvalue: `table->table[id]`.
    pub span: Span,
    /// The source text of the lvalue, as written.
    pub expression: String,
    /// What is done with the lvalue.
    pub usage: Usage,
    /// What kind of storage the lvalue names.
    pub storage: Storage,
    /// The declaration that carries `__rcu`.
    pub declaration: Declaration,
    /// What protects the access, as far as the text around it tells.
    pub protection: Protection,
    /// The function-like macro whose expansion holds the use (`WARN_ON(p->x)`), outermost.
    pub through_macro: Option<String>,
    /// Whether the access lies in a preprocessor arm, and under which condition (`CONFIG_SMP`).
    pub condition: Option<String>,
    /// An owner that may read plainly by convention, and why (`current->cred`); such accesses are
    /// reported as notes.
    pub owner: Option<&'static str>,
}

/// What is done with an `__rcu` lvalue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Usage {
    /// The value is read.
    Load(Load),
    /// A value other than NULL is written.
    Store(Store),
    /// NULL is written.
    NullStore(Store),
    /// The value is only tested for NULL or compared.
    Test,
}

/// Where a loaded value goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Load {
    /// `p->member`, `*p`, `p[i]` or `p()`: followed on the spot.
    Followed,
    /// Assigned, or initialises something.
    Assigned,
    /// An argument of a call of this function or macro.
    Passed(String),
    /// An argument of a call of this function, whose parameter is an `__rcu` pointer as well: the
    /// load happens here, the accessor comes too late there.
    HandedOver(String),
    /// Returned.
    Returned,
    /// Cast to another type, calculated with, or discarded.
    Other,
    /// `READ_ONCE(p)`: a marked read; the span is that of the whole call.
    Marked(Span),
}

/// A write: `left = value;`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Store {
    /// The whole expression that writes: `left = value`, `WRITE_ONCE(left, value)`.
    pub whole: Span,
    /// The value, where it stands in the text.
    pub value: Option<Span>,
    /// How it is written.
    pub how: StoreKind,
}

/// How a store is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoreKind {
    /// `left = value` as a statement of its own.
    Statement,
    /// `left = value` inside a larger expression, whose value is used.
    Expression,
    /// An initialiser: `{ .left = value }` or `T __rcu *left = value`.
    Initializer,
    /// `WRITE_ONCE(left, value)`.
    WriteOnce,
    /// A macro that reads and writes (`swap(a, b)`), `+=`, `++`.
    Update,
}

/// What kind of storage an lvalue names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Storage {
    /// A member reached through a pointer, or of a global: readers may see it.
    Shared,
    /// A global or static variable.
    Global,
    /// A member of a local object (`local.ptr`): no reader sees it yet.
    LocalObject,
    /// An object that the function allocated itself and has not handed out before this place.
    Fresh,
}

/// What protects an access, judged from the text of the function before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Protection {
    /// In a reader section of this flavour.
    Reader(Flavour),
    /// Under a lock, written as the argument of `lockdep_is_held` (`&dev->lock`).
    Lock(String),
    /// Under RTNL.
    Rtnl,
    /// Neither a reader section nor a lock is known.
    Unknown,
}

/// A flavour of RCU reader section (`Documentation/RCU/checklist.rst`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flavour {
    /// `rcu_read_lock()`.
    Rcu,
    /// `rcu_read_lock_bh()`.
    Bh,
    /// `rcu_read_lock_sched()`.
    Sched,
}

/// A declaration that carries `__rcu`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declaration {
    /// What is declared: `struct kioctx_table.table`, `global_table`, `slot`.
    pub name: String,
    /// The file on disk.
    pub path: PathBuf,
    /// The file as reports name it.
    pub shown: String,
    /// The declared name in that file.
    pub span: Span,
    /// Its first position.
    pub start: Position,
    /// One past its last position.
    pub end: Position,
}

/// What was read of a file, and what could not be.
#[derive(Clone, Debug, Default)]
pub struct FileStatistics {
    /// Top-level items in the file.
    pub items: usize,
    /// Items that were parsed because something in them could matter.
    pub parsed: usize,
    /// Parsed items with a part that the parser did not understand.
    pub broken: Vec<Gap>,
    /// Lvalues by an annotated field's name whose type could not be found.
    pub untyped: Vec<Gap>,
}

/// Something that could not be read or typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// Where.
    pub span: Span,
    /// The function it stands in.
    pub function: Option<String>,
    /// Why, in a few words that name the thing: "no definition of struct foo is visible".
    pub reason: String,
}

/// What `rculint coverage` counts in one file.
#[derive(Clone, Debug, Default)]
pub struct FileCoverage {
    /// Functions with an accessor's name or a member access by an annotated field's name.
    pub functions: usize,
    /// Those that parse cleanly and in which every such lvalue has a known type.
    pub understood: usize,
    /// One entry a failed function and reason.
    pub failures: Vec<Gap>,
}

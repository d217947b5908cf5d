//! What the analyzer found out, for rules to judge: accesses to `__rcu` pointers, and what could
//! not be read or typed.

mod accessors;
mod arguments;
mod bodies;
mod conversions;
mod dealings;
mod fate;
mod file;
mod glance;
mod inferred;
mod initializers;
mod insertion;
mod lifetime;
mod lists;
mod lvalues;
mod names;
mod pointers;
mod sections;
mod unannotated;
mod usage;
mod walk;

use std::path::PathBuf;

pub use dealings::{Dealing, DealingKind};
pub(crate) use file::{coverage, facts, signature};
pub use inferred::{
    Deferred, Grace, GraceKind, InferredFacts, Pointee, Pointer, PointerLoad, PointerStore,
    PointerUse, PointerUseKind,
};
pub use lifetime::{
    CallbackDoes, EarlyEnd, FreedNow, GivenCallback, LateStore, LifetimeFacts, LoneCallback,
    PercpuRef, SeenBy, Step, Waited, WrongWait,
};
pub use lists::{ListChange, ListFacts, ListWalk};
pub use names::{AnnotatedNames, Role};
pub use sections::{
    OutsideReader, Section, SectionFacts, Sleeping, StaleUse, Unbalanced, Waiting, WhyBare,
};

pub use pointers::{
    CallSite, Checked, FollowedPeek, HeldLock, InitStore, Mismatched, Newness, PointerFacts,
    Reloaded, Says, TestedLoad, WeakCondition,
};

pub use crate::flow::context::{By, Context, Held};
pub use crate::kernel::context::Wait;
pub use crate::modules::{Exit, Posted};

use serde::{Deserialize, Serialize};

use crate::evidence::Evidence;
use crate::rust::RustFacts;
use crate::text::comments::Remark;
use crate::text::{Position, Span};

/// Everything known about one checked file.
#[derive(Debug, Default)]
pub struct FileFacts {
    /// Plain accesses to `__rcu` lvalues, by position.
    pub accesses: Vec<Access>,
    /// Values given to something of another address space, by position.
    pub conversions: Vec<Conversion>,
    /// Accessors applied to what is not annotated, by position.
    pub unannotated: Vec<Unannotated>,
    /// How accessors are used.
    pub pointers: PointerFacts,
    /// How accessors are used in the file and beside it; only where there are accesses.
    pub evidence: Evidence,
    /// Reader sections that do not protect what they should, or last too long.
    pub sections: SectionFacts,
    /// Loops over lists, and changes of lists, that concern readers.
    pub lists: ListFacts,
    /// Objects that end while readers may still see them.
    pub lifetime: LifetimeFacts,
    /// Uses of pointers that nobody annotated.
    pub inferred: InferredFacts,
    /// What Rust does with the RCU pointers of C.
    pub rust: RustFacts,
    /// What is done with annotated pointers; only if it is asked for.
    pub dealings: Vec<Dealing>,
    /// Comments that are addressed to this tool, by position.
    pub remarks: Vec<Remark>,
    /// What was read, and what could not be.
    pub statistics: FileStatistics,
}

impl FileFacts {
    /// Whether there is anything for a rule to judge.
    pub fn any(&self) -> bool {
        let FileFacts {
            accesses,
            conversions,
            unannotated,
            pointers,
            sections,
            lists,
            lifetime,
            inferred,
            rust,
            remarks,
            evidence: _,
            dealings: _,
            statistics: _,
        } = self;
        !accesses.is_empty()
            || !conversions.is_empty()
            || !unannotated.is_empty()
            || pointers.any()
            || sections.any()
            || lists.any()
            || lifetime.any()
            || inferred.any()
            || rust.any()
            || !remarks.is_empty()
    }
}

/// One use of an `__rcu` lvalue outside an accessor.
#[derive(Clone, Debug)]
pub struct Access {
    /// The function it stands in; `None` for initialisers of globals.
    pub function: Option<String>,
    /// The lvalue: `table->table[id]`; for what the body of a macro does, the call of the macro.
    pub span: Span,
    /// The source text of the lvalue, as written.
    pub expression: String,
    /// For what the body of a macro does: the lvalue in its definition. Spans in `usage` mean
    /// nothing then.
    pub definition: Option<Declaration>,
    /// What is done with the lvalue.
    pub usage: Usage,
    /// What becomes of the value of a load.
    pub fate: Fate,
    /// The function frees the object that holds the pointer afterwards, and waits for no reader
    /// before: nobody else can reach it any more.
    pub dying: bool,
    /// It is compared with a value, no lvalue, that is `__rcu` as well: a cast, or what a function
    /// returns.
    pub against_annotated: bool,
    /// What kind of storage the lvalue names.
    pub storage: Storage,
    /// The declaration that carries `__rcu`.
    pub declaration: Declaration,
    /// What protects the access, as far as the text around it tells.
    pub protection: Protection,
    /// In what context it happens.
    pub context: Context,
    /// The variables of the function that can be named at the access, with their types.
    pub scope: Vec<(String, String)>,
    /// The function-like macro whose expansion holds the use (`WARN_ON(p->x)`), outermost.
    pub through_macro: Option<String>,
    /// The macro whose call it is an argument of, and its name there, where the call starts on a line
    /// further up: checkers that expand macros first report that line.
    pub call: Option<(String, Span)>,
    /// Whether the access lies in a preprocessor arm, and under which condition (`CONFIG_SMP`).
    pub condition: Option<String>,
    /// An owner that may read plainly by convention, and why (`current->cred`); such accesses are
    /// reported as notes.
    pub owner: Option<&'static str>,
}

/// A value given to something of another address space, or followed in spite of its own.
#[derive(Clone, Debug)]
pub struct Conversion {
    /// The function it stands in; `None` for initialisers of globals.
    pub function: Option<String>,
    /// The value; for what the body of a macro does, the call of the macro.
    pub span: Span,
    /// The source text of the value, as written.
    pub expression: String,
    /// For what the body of a macro does: the value in its definition.
    pub definition: Option<Declaration>,
    /// Where the value goes.
    pub how: ConversionKind,
    /// The type that the value has.
    pub from: String,
    /// The type that is wanted; empty where the value is followed.
    pub to: String,
    /// On which pointer level the types disagree; 0 is what the pointer itself points to.
    pub level: usize,
    /// The annotation is added; otherwise it is lost.
    pub adds: bool,
    /// The macro whose body does it, where it is stated at an argument of its call.
    pub through_macro: Option<String>,
    /// The value is what `xchg()` or one of its kind returned, or is given to it.
    pub exchange: bool,
    /// The declaration that the value's type comes from.
    pub value: Option<Declaration>,
    /// The declaration that the wanted type comes from.
    pub target: Option<Declaration>,
    /// Whether it lies in a preprocessor arm, and under which condition.
    pub condition: Option<String>,
}

/// Where a converted value goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConversionKind {
    /// An argument of a call of this function.
    Passed(String),
    /// Assigned.
    Assigned,
    /// Initialises something.
    Initialized,
    /// Returned.
    Returned,
    /// Compared with a value of the other type.
    Compared,
    /// The other arm of a `?:` has the other type.
    Selected,
    /// `p->member`, `*p`, `p[i]` or `p()` on a value that is no shared lvalue.
    Followed,
    /// An explicit cast without `__force`.
    Cast,
    /// A cast to `void *` inside this operation (`container_of`).
    CastBy(String),
    /// A function's definition differs from another declaration of it.
    Redeclared,
}

/// An RCU accessor applied to something whose declaration lacks `__rcu`.
#[derive(Clone, Debug)]
pub struct Unannotated {
    /// The function it stands in.
    pub function: Option<String>,
    /// The call of the accessor; for what the body of a macro does, the call of the macro.
    pub span: Span,
    /// The source text of the accessor's operand.
    pub expression: String,
    /// For what the body of a macro does: the operand in its definition.
    pub definition: Option<Declaration>,
    /// The accessor: `rcu_dereference`.
    pub accessor: String,
    /// The type of the operand.
    pub ty: String,
    /// The same with the annotation.
    pub annotated: String,
    /// The operand is what is declared, not something that it leads to (`*slot`, `table[i]`).
    pub direct: bool,
    /// The declarations that lack the annotation, the one that most files see first, with the
    /// place where `__rcu ` would go; none for what has no declaration of its own.
    pub declarations: Vec<(Declaration, Option<Insertion>)>,
    /// Whether the first of them lies in a preprocessor arm, and under which condition.
    pub declared_under: Option<String>,
    /// The link of a generic container, which is not annotated on purpose: its tag.
    pub container: Option<String>,
    /// Whether it lies in a preprocessor arm, and under which condition.
    pub condition: Option<String>,
}

/// A place between two bytes of a file, and what would go there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Insertion {
    /// It stands behind a star, and needs white space before it.
    pub glued: bool,
    /// The offset, as an empty span.
    pub span: Span,
    /// Row and column.
    pub position: Position,
}

impl Insertion {
    /// The word with the white space that it needs there.
    pub fn text(&self) -> &'static str {
        if self.glued { " __rcu " } else { "__rcu " }
    }
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
    /// Assigned to, returned as or calculated with an `__rcu` pointer that is no shared storage: the
    /// load happens here, an accessor comes too late there.
    Copied,
    /// Returned.
    Returned,
    /// Cast to another type, calculated with, or discarded.
    Other,
    /// `READ_ONCE(p)`: a marked read; the span is that of the whole call.
    Marked(Span),
}

/// What becomes of a loaded value, in the function that loads it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fate {
    /// It is followed, or may be where it goes.
    #[default]
    Followed,
    /// It is not followed here, and handed on to functions that may.
    HandedOn,
    /// It is handed to a function that frees it or drops a reference, if what that is called says so.
    Released,
    /// It is only tested, compared, or used as a number.
    LookedAt,
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct FileStatistics {
    /// Top-level items in the file.
    pub items: usize,
    /// Items that were parsed because something in them could matter.
    pub parsed: usize,
    /// Parsed items with a part that the parser did not understand, and calls of macros with such
    /// a body.
    pub broken: Vec<Gap>,
    /// Lvalues by an annotated field's name whose type could not be found.
    pub untyped: Vec<Gap>,
    /// What it took.
    pub cost: Cost,
}

/// What it took to read a file: the same on every run, so that a regression shows without a clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cost {
    /// Bytes of the file.
    pub bytes: u64,
    /// Bytes that were parsed of it, and of what macros in it stand for.
    pub parsed: u64,
    /// Nodes of the trees of that.
    pub nodes: u64,
    /// Expressions that were typed, and what is as much work as that.
    pub types: u64,
}

/// Something that could not be read or typed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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

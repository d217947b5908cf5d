//! What calls do to the context that code runs in: reader sections and locks taken and released,
//! calls that sleep or wait for a grace period, list operations, callbacks; as data
//! (`context.toml`). What wrappers do is learned from their bodies; the table holds the primitives.

use std::sync::OnceLock;

use rustc_hash::FxHashMap;
use serde::Deserialize;

use crate::kernel::version::{Range, Version};

/// What can be held, or switched off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// `rcu_read_lock()`.
    Rcu,
    /// `rcu_read_lock_bh()`.
    RcuBh,
    /// `rcu_read_lock_sched()`.
    RcuSched,
    /// `srcu_read_lock(domain)`.
    Srcu,
    /// `rcu_read_lock_trace()`.
    RcuTasksTrace,
    /// Preemption is off.
    Preempt,
    /// Softirqs are off, or this is one.
    Bh,
    /// Interrupts are off, or this is one.
    Irq,
    /// A spinlock.
    Spin,
    /// A raw spinlock.
    RawSpin,
    /// A bit spinlock.
    Bit,
    /// An rwlock, for reading.
    ReadLock,
    /// An rwlock, for writing.
    WriteLock,
    /// A mutex (ww_mutex, rt_mutex).
    Mutex,
    /// A semaphore.
    Semaphore,
    /// An rwsem, for reading.
    RwsemRead,
    /// An rwsem, for writing.
    RwsemWrite,
    /// The write side of a seqlock or seqcount.
    SeqWrite,
    /// A socket's lock (`lock_sock()`).
    Sock,
    /// A local lock.
    Local,
}

/// Which object a call works on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Object {
    /// What is held has no object (`rcu_read_lock()`).
    None,
    /// The argument with this number.
    Argument(usize),
    /// A lock of the kernel with this name (`rtnl_mutex`).
    Named(String),
}

/// For which result of the call an effect holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Default)]
#[serde(rename_all = "kebab-case")]
pub enum When {
    /// Whatever it returns.
    #[default]
    Always,
    /// It returned zero (`mutex_lock_interruptible()`).
    Zero,
    /// It returned something else (`spin_trylock()`).
    Nonzero,
}

/// What an effect does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verb {
    /// Takes it.
    Take,
    /// Releases it.
    Release,
    /// Says that it is held (`lockdep_assert_held()`, `ASSERT_RTNL()`).
    Assert,
}

/// One effect of a call.
#[derive(Clone, Debug)]
pub struct Effect {
    /// What it does.
    pub verb: Verb,
    /// To what; several are taken and released together (`spin_lock_bh()`: the lock, softirqs).
    pub kinds: Vec<Kind>,
    /// Which lock, domain.
    pub object: Object,
    /// For which result.
    pub when: When,
    /// In which versions of the kernel.
    pub versions: Range,
}

/// A class of `guard(class)(argument)`, `scoped_guard(class, argument)` and `CLASS(class, x)(...)`.
#[derive(Clone, Debug)]
pub struct Guard {
    /// What it holds while its scope lasts.
    pub kinds: Vec<Kind>,
    /// The lock's name, where the guard has no argument that says it (`guard(rtnl)()`).
    pub named: Option<String>,
    /// It may fail (`scoped_cond_guard(mutex_intr, ...)`).
    pub conditional: bool,
    /// In which versions of the kernel.
    pub versions: Range,
}

/// A call that may sleep.
#[derive(Clone, Debug)]
pub struct Sleeper {
    /// Only if this argument has one of these words in it (`GFP_KERNEL`).
    pub when: Option<(usize, Vec<String>)>,
    /// It waits for a grace period of this kind of reader, or (`Callbacks`) for RCU callbacks.
    pub waits: Option<Wait>,
    /// For SRCU: the argument that is the domain.
    pub domain: Option<usize>,
    /// In which versions of the kernel.
    pub versions: Range,
}

/// What a call waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Wait {
    /// Readers of plain RCU, and from 5.0 on all that cannot be preempted.
    Rcu,
    /// Readers of a domain.
    Srcu,
    /// A quiescent state of every task.
    RcuTasks,
    /// Readers of `rcu_read_lock_trace()`.
    RcuTasksTrace,
    /// Callbacks that were posted (`rcu_barrier()`).
    Callbacks,
}

/// A loop over a list.
#[derive(Clone, Debug)]
pub struct ListWalk {
    /// Its argument that takes each element (or, with no `member`, each node).
    pub position: usize,
    /// The list.
    pub head: Option<usize>,
    /// The member of the element that links it.
    pub member: Option<usize>,
    /// What it says in defence of running outside a reader section.
    pub condition: Option<usize>,
    /// Loads the links as readers must.
    pub rcu: bool,
    /// The form for readers, or of a form for readers, the one for updaters.
    pub twin: Option<String>,
    /// The readers it is made for; `Rcu` unless it says otherwise.
    pub reader: Kind,
    /// In which versions of the kernel.
    pub versions: Range,
}

/// A call that changes a list.
#[derive(Clone, Debug)]
pub struct ListChange {
    /// The argument that is the node put in, taken out or replaced.
    pub node: usize,
    /// The list, or the node beside which it goes.
    pub head: Option<usize>,
    /// It puts a node where readers can find it (otherwise it takes one out).
    pub adds: bool,
    /// Readers can walk the list meanwhile.
    pub rcu: bool,
    /// The form that readers can bear, or of such a form the plain one.
    pub twin: Option<String>,
    /// In which versions of the kernel.
    pub versions: Range,
}

/// Where a function is registered that the kernel calls back.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Registration {
    /// `struct tag.member = function`.
    Member(String),
    /// Argument of a call (`timer_setup`, 1), or of a macro that defines something.
    Argument(String, usize),
}

/// In what context the kernel calls a function back.
#[derive(Clone, Debug)]
pub struct Callback {
    /// What is held whenever it is called; empty: process context with nothing held.
    pub holds: Vec<Kind>,
    /// Named locks that are held (`rtnl_mutex`).
    pub locks: Vec<String>,
    /// Where the kernel's sources show it.
    pub source: String,
    /// In which versions of the kernel.
    pub versions: Range,
}

/// The table.
#[derive(Debug, Default)]
pub struct ContextTable {
    effects: FxHashMap<Vec<u8>, Vec<Effect>>,
    guards: FxHashMap<String, Vec<Guard>>,
    sleepers: FxHashMap<Vec<u8>, Vec<Sleeper>>,
    walks: FxHashMap<Vec<u8>, Vec<ListWalk>>,
    changes: FxHashMap<Vec<u8>, Vec<ListChange>>,
    /// Calls that take a reference on an argument, which ends the need for a reader.
    handoffs: FxHashMap<Vec<u8>, Vec<(usize, Range)>>,
    callbacks: FxHashMap<Registration, Vec<Callback>>,
    /// How to say that a named lock is held (`rtnl_mutex`: `lockdep_rtnl_is_held()`).
    conditions: FxHashMap<String, String>,
}

impl ContextTable {
    /// What a call does to the context.
    pub fn effects(&self, name: &[u8], version: Version) -> impl Iterator<Item = &Effect> {
        self.effects.get(name).into_iter().flatten().filter(move |e| e.versions.has(version))
    }

    /// What a guard holds.
    pub fn guard(&self, class: &str, version: Version) -> Option<&Guard> {
        self.guards.get(class)?.iter().find(|guard| guard.versions.has(version))
    }

    /// Whether a call may sleep.
    pub fn sleeper(&self, name: &[u8], version: Version) -> Option<&Sleeper> {
        self.sleepers.get(name)?.iter().find(|sleeper| sleeper.versions.has(version))
    }

    /// Whether a macro walks a list.
    pub fn walk(&self, name: &[u8], version: Version) -> Option<&ListWalk> {
        self.walks.get(name)?.iter().find(|walk| walk.versions.has(version))
    }

    /// Whether a call changes a list.
    pub fn change(&self, name: &[u8], version: Version) -> Option<&ListChange> {
        self.changes.get(name)?.iter().find(|change| change.versions.has(version))
    }

    /// The argument on which a call takes a reference.
    pub fn handoff(&self, name: &[u8], version: Version) -> Option<usize> {
        let rows = self.handoffs.get(name)?;
        rows.iter().find(|(_, versions)| versions.has(version)).map(|(argument, _)| *argument)
    }

    /// In what context the kernel calls what is registered there.
    pub fn callback(&self, at: &Registration, version: Version) -> Option<&Callback> {
        self.callbacks.get(at)?.iter().find(|callback| callback.versions.has(version))
    }

    /// The expression by which lockdep is asked for a named lock.
    pub fn condition(&self, lock: &str) -> Option<&str> {
        self.conditions.get(lock).map(String::as_str)
    }

    /// Whether the table knows a name as a call of any kind; what neither it nor a body that
    /// mentions such a name says is taken to leave the context alone.
    pub fn knows(&self, name: &[u8]) -> bool {
        self.effects.contains_key(name) || self.sleepers.contains_key(name)
    }
}

/// The table, read once.
///
/// # Panics
/// The table that is built into the program is broken; a test reads it.
pub fn context() -> &'static ContextTable {
    static TABLE: OnceLock<ContextTable> = OnceLock::new();
    TABLE.get_or_init(ContextTable::default)
}

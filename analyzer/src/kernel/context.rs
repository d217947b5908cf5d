//! What calls do to the context that code runs in: reader sections and locks taken and released,
//! calls that sleep or wait for a grace period, list operations, callbacks; as data
//! (`context/*.toml`). What wrappers do is learned from their bodies; the table holds the
//! primitives, and the commonest functions whose bodies are out of sight of their callers.

mod extra;
mod load;

use rustc_hash::{FxHashMap, FxHashSet};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub(super) use load::load;

use crate::kernel::version::{Range, Version};

/// What can be held, or switched off.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
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

impl Kind {
    /// Whether it is a section of readers of RCU itself: those whose grace periods
    /// `synchronize_rcu()` waits for from 5.0 on (`Documentation/RCU/whatisRCU.rst`).
    pub fn is_rcu(self) -> bool {
        matches!(self, Kind::Rcu | Kind::RcuBh | Kind::RcuSched)
    }

    /// Whether it is a section that says of itself that it is one of readers, of any flavour.
    pub fn is_reader(self) -> bool {
        self.is_rcu() || matches!(self, Kind::Srcu | Kind::RcuTasksTrace)
    }
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
    /// Says that it is held (`lockdep_assert_held()`, `ASSERT_RTNL()`). Of a lock whose kind the
    /// call does not say, the kind is the one that implies least: `Mutex`, `RwsemRead`,
    /// `RwsemWrite`.
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
    /// The lock's expression where it is not the argument itself: `&{}->mmap_lock`, with the
    /// argument in place of `{}`.
    pub path: Option<String>,
    /// How lockdep is asked where that is not `lockdep_is_held()`: `lockdep_sock_is_held({})`. Of a
    /// named lock, see [`ContextTable::condition`].
    pub condition: Option<String>,
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
    /// The lock's expression where it is not the argument itself (`guard(device)(dev)`:
    /// `&{}->mutex`).
    pub path: Option<String>,
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
    /// It sleeps as well without that argument (`kzalloc_obj(*p)`).
    pub optional: bool,
    /// It waits for a grace period of this kind of reader, or (`Callbacks`) for RCU callbacks.
    pub waits: Option<Wait>,
    /// It waits only now and then (`kfree_rcu_mightsleep()`, where no memory is left).
    pub seldom: bool,
    /// For SRCU: the argument that is the domain.
    pub domain: Option<usize>,
    /// Only calls with so many arguments (`kfree_rcu(p)`).
    pub arguments: Option<usize>,
    /// In which versions of the kernel.
    pub versions: Range,
}

impl Sleeper {
    /// Whether a call with these arguments, as written, is one that may sleep. What a variable says
    /// is not known: `kmalloc(size, gfp)` is none.
    pub fn sleeps<S: AsRef<str>>(&self, arguments: &[S]) -> bool {
        if self.arguments.is_some_and(|count| count != arguments.len()) {
            return false;
        }
        let Some((argument, words)) = &self.when else { return true };
        match arguments.get(*argument) {
            Some(text) => says(text.as_ref(), words),
            None => self.optional,
        }
    }
}

/// Whether a text names one of the words and takes nothing back: no
/// `GFP_KERNEL & ~__GFP_DIRECT_RECLAIM`, no choice between `GFP_KERNEL` and `GFP_ATOMIC`.
fn says(text: &str, words: &[String]) -> bool {
    let takes_back = text.contains('~') && text.contains("RECLAIM");
    let named = text
        .split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .any(|word| words.iter().any(|known| known == word));
    named && !takes_back && !text.contains('?')
}

/// What a call waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
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
    /// That member, where the macro does not ask for it: `struct net_device.dev_list`.
    pub of: Option<String>,
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
    /// The node whose place it takes.
    pub replaces: Option<usize>,
    /// It puts a node where readers can find it (otherwise it takes one out).
    pub adds: bool,
    /// The node was in a list before.
    pub moves: bool,
    /// Readers can walk the list meanwhile.
    pub rcu: bool,
    /// The form that readers can bear, or of such a form the plain one.
    pub twin: Option<String>,
    /// In which versions of the kernel.
    pub versions: Range,
}

/// A call that frees, or has something done, behind a grace period.
#[derive(Clone, Copy, Debug)]
pub struct Deferral {
    /// The argument that is the object.
    pub object: Option<usize>,
    /// The argument that points to a `struct rcu_head` or `struct rcu_work` in it.
    pub head: Option<usize>,
    /// The function that is called then.
    pub callback: Option<usize>,
    /// What is waited for.
    pub waits: Wait,
    /// For SRCU: the argument that is the domain.
    pub domain: Option<usize>,
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

impl Registration {
    /// The word that stands there: the member without its tag, or the name of the call.
    fn word(&self) -> &str {
        match self {
            Registration::Member(member) => member.rsplit('.').next().unwrap_or(member),
            Registration::Argument(name, _) => name,
        }
    }
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

/// A function that a macro names by pasting: `DEVICE_ATTR_RO(state)` registers `state_show()`.
#[derive(Clone, Debug)]
pub struct Pasted {
    /// The argument that begins the name.
    pub argument: usize,
    /// What ends it.
    pub suffix: String,
    /// In what context the function is called.
    pub callback: Callback,
}

/// The table.
#[derive(Clone, Debug, Default)]
pub struct ContextTable {
    effects: FxHashMap<Vec<u8>, Vec<Effect>>,
    guards: FxHashMap<String, Vec<Guard>>,
    sleepers: FxHashMap<Vec<u8>, Vec<Sleeper>>,
    walks: FxHashMap<Vec<u8>, Vec<ListWalk>>,
    changes: FxHashMap<Vec<u8>, Vec<ListChange>>,
    /// Calls that want a reader section around them and are neither accessors nor loops.
    wants: FxHashMap<Vec<u8>, Vec<Range>>,
    /// Calls that take a reference on an argument, which ends the need for a reader.
    handoffs: FxHashMap<Vec<u8>, Vec<(usize, Range)>>,
    /// Calls that free an argument at once.
    frees: FxHashMap<Vec<u8>, Vec<(usize, Range)>>,
    deferrals: FxHashMap<Vec<u8>, Vec<Deferral>>,
    /// Calls that queue the work that an argument points to.
    queues: FxHashMap<Vec<u8>, Vec<(usize, Range)>>,
    /// What does behind a grace period what a call that frees does at once.
    later: FxHashMap<Vec<u8>, Vec<(String, Range)>>,
    /// Members whose function the kernel calls behind a grace period: tag and member.
    posts: Vec<(String, String, Wait, Range)>,
    /// Calls behind which nothing that was posted before is pending.
    barriers: FxHashMap<Vec<u8>, Vec<(Wait, Range)>>,
    /// Macros that say what is called when a module goes, and whether they make the function.
    exits: FxHashMap<Vec<u8>, Vec<(bool, Range)>>,
    callbacks: FxHashMap<Registration, Vec<Callback>>,
    /// Words that stand where functions are registered that are called in a reader section.
    reader_callbacks: FxHashSet<Vec<u8>>,
    pasted: FxHashMap<Vec<u8>, Vec<Pasted>>,
    /// How to say that a named lock is held (`rtnl_mutex`: `lockdep_rtnl_is_held()`).
    conditions: FxHashMap<String, String>,
    /// Names that not every version has.
    presence: FxHashMap<String, Range>,
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

    /// Whether a call may sleep; for some that depends on its arguments ([`Sleeper::sleeps`]).
    pub fn sleeper(&self, name: &[u8], version: Version) -> Option<&Sleeper> {
        self.sleepers.get(name)?.iter().find(|sleeper| sleeper.versions.has(version))
    }

    /// The table's own copy of the name of a sleeper.
    pub fn sleeper_name(&self, name: &str) -> Option<&str> {
        let (name, _) = self.sleepers.get_key_value(name.as_bytes())?;
        std::str::from_utf8(name).ok()
    }

    /// The table's own copy of the name of a guard's class.
    pub fn guard_name(&self, class: &str) -> Option<&str> {
        self.guards.get_key_value(class).map(|(name, _)| name.as_str())
    }

    /// Whether a macro walks a list.
    pub fn walk(&self, name: &[u8], version: Version) -> Option<&ListWalk> {
        self.walks.get(name)?.iter().find(|walk| walk.versions.has(version))
    }

    /// Whether a call changes a list.
    pub fn change(&self, name: &[u8], version: Version) -> Option<&ListChange> {
        self.changes.get(name)?.iter().find(|change| change.versions.has(version))
    }

    /// Whether a call wants a reader section around it: a loop over a list of readers, what looks at such
    /// a list without a loop, or an assertion that a section is there. Accessors are not asked.
    pub fn wants_reader(&self, name: &[u8], version: Version) -> bool {
        let mut rows = self.wants.get(name).into_iter().flatten();
        let asserts =
            |one: &Effect| one.verb == Verb::Assert && one.kinds.iter().any(|kind| kind.is_rcu());
        rows.any(|versions| versions.has(version))
            || self.walk(name, version).is_some_and(|walk| walk.rcu)
            || self.effects(name, version).any(asserts)
    }

    /// The argument on which a call takes a reference.
    pub fn handoff(&self, name: &[u8], version: Version) -> Option<usize> {
        let rows = self.handoffs.get(name)?;
        rows.iter().find(|(_, versions)| versions.has(version)).map(|(argument, _)| *argument)
    }

    /// The argument that a call frees at once.
    pub fn frees(&self, name: &[u8], version: Version) -> Option<usize> {
        let rows = self.frees.get(name)?;
        rows.iter().find(|(_, versions)| versions.has(version)).map(|(argument, _)| *argument)
    }

    /// The argument that is the work which a call queues.
    pub fn queues(&self, name: &[u8], version: Version) -> Option<usize> {
        let rows = self.queues.get(name)?;
        rows.iter().find(|(_, versions)| versions.has(version)).map(|(argument, _)| *argument)
    }

    /// What frees behind a grace period what a call frees at once.
    pub fn later(&self, name: &[u8], version: Version) -> Option<&str> {
        let rows = self.later.get(name)?;
        rows.iter().find(|(_, versions)| versions.has(version)).map(|(call, _)| call.as_str())
    }

    /// Members whose function is called behind a grace period: tag, member, which.
    pub fn posts(&self, version: Version) -> impl Iterator<Item = (&str, &str, Wait)> {
        let rows = self.posts.iter().filter(move |(.., versions)| versions.has(version));
        rows.map(|(tag, member, waits, _)| (tag.as_str(), member.as_str(), *waits))
    }

    /// Words without which a text has nothing called behind a grace period.
    pub fn post_words(&self) -> impl Iterator<Item = &[u8]> {
        let calls =
            self.deferrals.iter().filter(|(_, rows)| rows.iter().any(|row| row.callback.is_some()));
        calls.map(|(name, _)| name.as_slice()).chain(self.posts.iter().map(|row| row.1.as_bytes()))
    }

    /// What is no longer pending behind a call.
    pub fn barrier(&self, name: &[u8], version: Version) -> Option<Wait> {
        let rows = self.barriers.get(name)?;
        rows.iter().find(|(_, versions)| versions.has(version)).map(|(waits, _)| *waits)
    }

    /// Whether a macro says what is called when a module goes, and if so, whether it makes that itself.
    pub fn exit(&self, name: &[u8], version: Version) -> Option<bool> {
        let rows = self.exits.get(name)?;
        rows.iter().find(|(_, versions)| versions.has(version)).map(|(made, _)| *made)
    }

    /// Whether a call frees, or has something done, behind a grace period.
    pub fn deferral(&self, name: &[u8], version: Version) -> Option<&Deferral> {
        self.deferrals.get(name)?.iter().find(|deferral| deferral.versions.has(version))
    }

    /// In what context the kernel calls what is registered there.
    pub fn callback(&self, at: &Registration, version: Version) -> Option<&Callback> {
        self.callbacks.get(at)?.iter().find(|callback| callback.versions.has(version))
    }

    /// Whether a word is the member, or the call, by which some functions are registered that the kernel
    /// calls in a reader section.
    pub fn registers_readers(&self, word: &[u8]) -> bool {
        self.reader_callbacks.contains(word)
    }

    /// The functions that a macro registers under names made from its arguments.
    pub fn pasted(&self, name: &[u8], version: Version) -> impl Iterator<Item = &Pasted> {
        let rows = self.pasted.get(name).into_iter().flatten();
        rows.filter(move |pasted| pasted.callback.versions.has(version))
    }

    /// The expression by which lockdep is asked for a named lock.
    pub fn condition(&self, lock: &str) -> Option<&str> {
        self.conditions.get(lock).map(String::as_str)
    }

    /// The named locks, each with the expression by which lockdep is asked for it.
    pub fn conditions(&self) -> impl Iterator<Item = (&str, &str)> {
        self.conditions.iter().map(|(lock, condition)| (&**lock, &**condition))
    }

    /// The versions that have a name, if that is not all; a guard is spelt `guard(rcu)`. For what to
    /// propose, see [`proposes`](crate::kernel::proposes).
    pub fn present(&self, name: &str) -> Option<Range> {
        self.presence.get(name).copied()
    }

    /// Of which kinds a section is that plain RCU waits for: since the flavours became one, in 5.0, all
    /// that keep a CPU from passing through a quiescent state.
    pub fn reader_kinds(version: Version) -> &'static [Kind] {
        const ALL: [Kind; 6] =
            [Kind::Rcu, Kind::RcuBh, Kind::RcuSched, Kind::Preempt, Kind::Bh, Kind::Irq];
        if version >= Version(5, 0) { &ALL } else { &ALL[..1] }
    }

    /// Whether the table knows a name as a call of any kind; what neither it nor a body that
    /// mentions such a name says is taken to leave the context alone.
    pub fn knows(&self, name: &[u8]) -> bool {
        self.effects.contains_key(name) || self.sleepers.contains_key(name)
    }
}

/// The table, read once, with what a project adds to it.
pub fn context() -> &'static ContextTable {
    &super::tables().1
}

#[cfg(test)]
mod tests;

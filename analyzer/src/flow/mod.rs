//! What protects a place in a function, judged in order of the text: reader sections and locks
//! taken before it and not released.
//!
//! A release right before a jump out of its block (`unlock(); return -EINVAL;`) does not count for
//! what follows the block.

use crate::facts::{Flavour, Protection};

/// Reader sections and locks held at the current place.
#[derive(Clone, Debug, Default)]
pub(crate) struct Held {
    held: Vec<Protection>,
}

impl Held {
    /// What protects `expression` at the current place; the innermost counts. `root` is the
    /// variable that the expression starts from, `global` whether it is a global one. A lock of
    /// another object says nothing (a global lock protects globals), and a lock that is reached
    /// through the pointer itself cannot protect it.
    pub fn protection(&self, expression: &str, root: Option<&[u8]>, global: bool) -> Protection {
        let fits = |held: &&Protection| match held {
            Protection::Lock(lock) => {
                let reached = lock.contains("->") || lock.contains('.');
                let lock_root = lock.trim_start_matches(['&', '(', '*']);
                let end = lock_root
                    .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
                    .unwrap_or(lock_root.len());
                let same = root.is_none_or(|root| root == &lock_root.as_bytes()[..end]);
                !lock.contains(expression) && (same || global && !reached)
            }
            _ => true,
        };
        self.held.iter().rev().find(fits).cloned().unwrap_or(Protection::Unknown)
    }

    /// How much is held, to come back to with [`Held::release_to`].
    pub fn mark(&self) -> usize {
        self.held.len()
    }

    /// Drops what was taken since a mark.
    pub fn release_to(&mut self, mark: usize) {
        self.held.truncate(mark);
    }

    /// Takes a reader section or lock.
    pub fn take(&mut self, what: Protection) {
        self.held.push(what);
    }

    fn release(&mut self, what: &Protection) {
        if let Some(at) = self.held.iter().rposition(|held| held == what) {
            self.held.remove(at);
        }
    }

    /// A call of `name` with these argument texts.
    pub fn call(&mut self, name: &[u8], arguments: &[String]) {
        let lock = || Protection::Lock(arguments.first().cloned().unwrap_or_default());
        match name {
            b"rcu_read_lock" => self.take(Protection::Reader(Flavour::Rcu)),
            b"rcu_read_unlock" => self.release(&Protection::Reader(Flavour::Rcu)),
            b"rcu_read_lock_bh" => self.take(Protection::Reader(Flavour::Bh)),
            b"rcu_read_unlock_bh" => self.release(&Protection::Reader(Flavour::Bh)),
            b"rcu_read_lock_sched" => self.take(Protection::Reader(Flavour::Sched)),
            b"rcu_read_unlock_sched" => self.release(&Protection::Reader(Flavour::Sched)),
            b"rtnl_lock" | b"ASSERT_RTNL" => self.take(Protection::Rtnl),
            b"rtnl_unlock" => self.release(&Protection::Rtnl),
            b"lockdep_assert_held" | b"lockdep_assert_held_write" => self.take(lock()),
            _ if arguments.is_empty() => {}
            _ => match lock_call(name) {
                Some(true) => self.take(lock()),
                Some(false) => self.release(&lock()),
                None => {}
            },
        }
    }

    /// `guard(kind)(argument)` and `scoped_guard(kind, argument)`.
    pub fn guard(&mut self, kind: &str, argument: Option<&str>) {
        match (kind, argument) {
            ("rcu", _) => self.take(Protection::Reader(Flavour::Rcu)),
            (_, Some(lock)) => {
                let known = ["mutex", "spinlock", "raw_spinlock", "rwsem", "write_lock"];
                if known.iter().any(|name| kind.starts_with(name)) {
                    self.take(Protection::Lock(lock.to_owned()));
                }
            }
            _ => {}
        }
    }
}

/// Whether a function takes (`true`) or releases (`false`) the lock that its first argument points
/// to. Sources: include/linux/{spinlock,mutex,rwsem,rwlock}.h. Read locks protect no update.
fn lock_call(name: &[u8]) -> Option<bool> {
    let name = std::str::from_utf8(name).ok()?;
    for (base, takes) in [
        ("spin_lock", true),
        ("raw_spin_lock", true),
        ("mutex_lock", true),
        ("write_lock", true),
        ("down_write", true),
        ("spin_unlock", false),
        ("raw_spin_unlock", false),
        ("mutex_unlock", false),
        ("write_unlock", false),
        ("up_write", false),
    ] {
        if let Some(rest) = name.strip_prefix(base) {
            let known = [
                "",
                "_bh",
                "_irq",
                "_irqsave",
                "_irqrestore",
                "_nested",
                "_irqsave_nested",
                "_interruptible",
                "_killable",
                "_io",
                "_bh_nested",
            ];
            return known.contains(&rest).then_some(takes);
        }
    }
    None
}

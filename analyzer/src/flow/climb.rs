//! The way up from a function through its callers.

use std::cell::{Cell, RefCell};
use std::hash::Hash;

use rustc_hash::FxHashMap;

/// Callers further up than this are not looked at.
const DEPTH: usize = 4;

/// What was found out of functions by way of their callers, and whether all of these were looked at.
pub(super) type Found<K, T> = RefCell<FxHashMap<K, (T, bool)>>;

/// The way up.
#[derive(Default)]
pub(super) struct Climb {
    /// Whose callers are being looked at.
    names: RefCell<Vec<Box<str>>>,
    /// Some were left out.
    cut: Cell<bool>,
}

impl Climb {
    /// What `look` finds out of a function by way of its callers; `round` where the way comes round to
    /// it, `far` where it is too long. What is known already is used again only where that makes no
    /// difference: what was cut short depends on where the way began.
    pub fn ascend<K: Eq + Hash, T: Clone>(
        &self,
        known: &Found<K, T>,
        (key, name): (K, &str),
        [round, far]: [T; 2],
        look: impl FnOnce() -> T,
    ) -> T {
        let height = self.names.borrow().len();
        if let Some((found, whole)) = known.borrow().get(&key)
            && (*whole || height == 0)
        {
            return found.clone();
        }
        let comes_round = self.names.borrow().iter().any(|below| **below == *name);
        if comes_round || height >= DEPTH {
            self.cut.set(true);
            return if comes_round { round } else { far };
        }
        let before = self.cut.replace(false);
        self.names.borrow_mut().push(name.into());
        let found = look();
        self.names.borrow_mut().pop();
        let whole = !self.cut.get();
        if whole || height == 0 {
            known.borrow_mut().insert(key, (found.clone(), whole));
        }
        self.cut.set(before || !whole);
        found
    }
}

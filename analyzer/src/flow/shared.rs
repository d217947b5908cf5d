//! What the functions of headers do, learned once for all files that see them.
//!
//! A function of a header is judged by what the header sees, not by what the asking file sees, so
//! that whoever asks first gets the same.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::{Arc, RwLock};

use rustc_hash::FxHashMap;

use crate::flow::Flows;
use crate::flow::sleeps::SleepOf;
use crate::flow::summary::Summary;
use crate::index::FileId;
use crate::rests;
use crate::types::Unit;

/// A function of a header: the file, the item, and how many files were left to come here.
type Key = (FileId, u32, usize);

type Memo<T> = RwLock<FxHashMap<Key, (T, rests::Shared)>>;

/// What is known of the functions of headers.
#[derive(Default)]
pub(crate) struct Shared {
    summaries: Memo<Arc<Summary>>,
    sleeps: Memo<SleepOf>,
    sleeps_far: Memo<SleepOf>,
}

/// The functions of headers that are being looked into, by one thread.
#[derive(Default)]
pub(super) struct Trail {
    stack: RefCell<Vec<(FileId, u32)>>,
    /// The lowest of them that was come to again.
    cycle: Cell<Option<usize>>,
}

/// Inline functions do not call each other deeper than this.
const DEPTH: usize = 48;

impl Flows<'_, '_> {
    /// What a function of a header does to its callers.
    pub(super) fn summary_in(&self, home: FileId, item: u32) -> Arc<Summary> {
        self.learn(&self.unit.knowledge.shared.summaries, home, item, |flows| {
            Arc::new(flows.summary_of_item(Some(home), item).unwrap_or_default())
        })
    }

    /// How a function of a header sleeps.
    pub(super) fn sleep_in(&self, home: FileId, item: u32, far: bool) -> SleepOf {
        let shared = &self.unit.knowledge.shared;
        let memo = if far { &shared.sleeps_far } else { &shared.sleeps };
        self.learn(memo, home, item, |flows| flows.sleep_of_item(Some(home), item, far))
    }

    fn learn<T: Clone + Default>(
        &self,
        memo: &Memo<T>,
        home: FileId,
        item: u32,
        compute: impl FnOnce(&Flows<'_, '_>) -> T,
    ) -> T {
        let key = (home, item, self.hops);
        if let Some((known, on)) = memo.read().expect("no panic while locked").get(&key) {
            rests::again(on);
            return known.clone();
        }
        let level = self.trail.stack.borrow().len();
        let again = self.trail.stack.borrow().iter().position(|known| *known == (home, item));
        if let Some(again) = again.or((level >= DEPTH).then_some(0)) {
            let lowest = self.trail.cycle.get().map_or(again, |known| known.min(again));
            self.trail.cycle.set(Some(lowest));
            return T::default();
        }
        self.trail.stack.borrow_mut().push((home, item));
        let (mut found, on) = rests::shared(|| {
            let knowledge = self.unit.knowledge;
            let unit = Unit::of_header(knowledge, home, self.unit.others);
            *unit.condition.borrow_mut() = knowledge.index.file(home).item_condition(item).clone();
            let flows = Flows::new(&unit).after(self.hops).on(self.trail.clone());
            compute(&flows)
        });
        rests::again(&on);
        self.trail.stack.borrow_mut().pop();
        if let Some(lowest) = self.trail.cycle.get() {
            // Nothing is known of functions that call each other in a circle.
            found = T::default();
            if lowest >= level {
                self.trail.cycle.set(None);
            }
        }
        memo.write().expect("no panic while locked").insert(key, (found.clone(), on));
        found
    }
}

impl<'u, 'a> Flows<'u, 'a> {
    fn on(self, trail: Rc<Trail>) -> Flows<'u, 'a> {
        Flows { trail, ..self }
    }
}

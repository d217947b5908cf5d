//! What holds at each place of a function: a control-flow graph ([`cfg`], built by [`build`] and
//! [`conditions`]), the worlds that can lead to each place ([`world`], [`solve`], [`transfer`]), and
//! what calls do to them, from the table or learned from their bodies ([`effects`], [`summary`],
//! [`accessors`], [`lists`]).

pub(crate) mod accessors;
pub(crate) mod along;
pub(crate) mod annotations;
pub(crate) mod bare;
pub(crate) mod build;
mod callbacks;
mod callers;
mod callers_elsewhere;
pub(crate) mod cfg;
mod climb;
mod conditions;
pub mod context;
pub(crate) mod effects;
pub(crate) mod elsewhere;
pub(crate) mod ends;
pub(crate) mod lists;
pub(crate) mod reach;
mod readers;
pub(crate) mod shared;
pub(crate) mod sleeps;
pub(crate) mod solve;
pub(crate) mod spelling;
pub(crate) mod straight;
pub(crate) mod summary;
#[cfg(test)]
mod tests;
pub(crate) mod transfer;
pub(crate) mod world;

use std::cell::{OnceCell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

pub(crate) use build::declared_name;

use crate::flow::accessors::Accessor;
use crate::flow::effects::Effects;
use crate::flow::reach::Reach;
use crate::flow::shared::Trail;
use crate::flow::solve::Solved;
use crate::flow::summary::{Summary, parameter_names};
use crate::index::FileId;
use crate::kernel::api;
use crate::kernel::context::{Pasted, When, context};
use crate::kernel::version::Version;
use crate::syntax::{Field, Kind, NodeId, Tree};
use crate::types::Unit;

/// What is known of the functions and macros that a file sees.
pub(crate) struct Flows<'u, 'a> {
    pub unit: &'u Unit<'a>,
    pub version: Version,
    summaries: RefCell<FxHashMap<Box<str>, Arc<Summary>>>,
    accessors: RefCell<FxHashMap<Box<str>, Option<Rc<Accessor>>>>,
    snippets: RefCell<FxHashMap<String, Effects>>,
    reach: Reach,
    callers: climb::Found<Box<str>, Option<Rc<context::Context>>>,
    /// By item.
    may_read: RefCell<FxHashMap<u32, bool>>,
    bare: bare::Known,
    ends: RefCell<FxHashMap<Box<str>, ends::Ends>>,
    calls: RefCell<FxHashMap<u32, Rc<[callers::Caller]>>>,
    climb: climb::Climb,
    sleeps: RefCell<FxHashMap<(Box<str>, bool), sleeps::SleepOf>>,
    pasted: OnceCell<Vec<(String, &'static Pasted)>>,
    system_calls: OnceCell<FxHashSet<String>>,
    keepers: RefCell<FxHashMap<Box<str>, bool>>,
    /// By the trees of functions.
    solved: RefCell<FxHashMap<u64, Rc<Solved>>>,
    active: RefCell<Vec<Box<str>>>,
    /// How many other files led here.
    hops: usize,
    trail: Rc<Trail>,
}

/// Marks something as being looked into.
pub(crate) struct Entered<'f>(&'f RefCell<Vec<Box<str>>>);

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        self.0.borrow_mut().pop();
    }
}

/// Calls deeper than this are not followed.
const DEPTH: usize = 8;

impl<'u, 'a> Flows<'u, 'a> {
    pub fn new(unit: &'u Unit<'a>) -> Flows<'u, 'a> {
        Flows {
            unit,
            version: unit.knowledge.version,
            summaries: RefCell::default(),
            accessors: RefCell::default(),
            snippets: RefCell::default(),
            reach: Reach::default(),
            callers: RefCell::default(),
            may_read: RefCell::default(),
            bare: RefCell::default(),
            ends: RefCell::default(),
            calls: RefCell::default(),
            climb: climb::Climb::default(),
            sleeps: RefCell::default(),
            pasted: OnceCell::new(),
            system_calls: OnceCell::new(),
            keepers: RefCell::default(),
            solved: RefCell::default(),
            active: RefCell::default(),
            hops: 0,
            trail: Rc::default(),
        }
    }

    /// For a file to which others led.
    fn after(self, hops: usize) -> Flows<'u, 'a> {
        Flows { hops, ..self }
    }

    /// Marks a name as being looked into; `None` if it is already, or too many are.
    fn enter(&self, name: &str) -> Option<Entered<'_>> {
        let mut active = self.active.borrow_mut();
        if active.len() >= DEPTH || active.iter().any(|known| **known == *name) {
            return None;
        }
        active.push(name.into());
        drop(active);
        Some(Entered(&self.active))
    }

    /// What is known of a function. Of one that was not read, or that calls itself: nothing.
    pub fn summary(&self, name: &str) -> Arc<Summary> {
        if let Some(known) = self.summaries.borrow().get(name) {
            return known.clone();
        }
        let Some(_entered) = self.enter(name) else { return Arc::default() };
        let mut found: Option<Arc<Summary>> = None;
        for function in self.unit.functions(name) {
            let summary = match function.home {
                Some(home) => self.summary_in(home, function.item),
                None => Arc::new(self.summary_of_item(None, function.item).unwrap_or_default()),
            };
            // Of twins for different configurations, the one that does something is meant, and the
            // one whose result says what it did.
            let tells = |known: &Summary| known.effects.iter().any(|one| one.when != When::Always);
            if found.as_ref().is_none_or(|known| {
                known.parameters.is_empty() || !summary.effects.is_empty() && !tells(known)
            }) {
                found = Some(summary);
            }
        }
        let found = found.unwrap_or_default();
        self.summaries.borrow_mut().insert(name.into(), found.clone());
        found
    }

    fn summary_of_item(&self, home: Option<FileId>, item: u32) -> Option<Summary> {
        let trees = self.unit.trees(home, item);
        let tree = trees.first()?;
        let (definition, body) = definition(tree)?;
        Some(self.summarize(tree, &parameter_names(tree, definition), body, false))
    }
}

/// The definition of a function in the tree of an item, and its body.
pub(crate) fn definition(tree: &Tree) -> Option<(NodeId, NodeId)> {
    let definition =
        tree.children(tree.root()).find(|node| tree.kind(*node) == Kind::FunctionDefinition)?;
    Some((definition, tree.child(definition, Field::Body)?))
}

/// The names of parameters, where nothing else of them matters.
pub(crate) type Names = Vec<Option<Arc<str>>>;

/// An object whose name means nothing here.
pub(crate) const UNNAMED: &str = "?";

/// Whether a call of this name makes a guard, which holds what its class says.
/// Source: include/linux/cleanup.h.
fn makes_guard(name: &[u8]) -> bool {
    matches!(name, b"guard" | b"scoped_guard" | b"CLASS")
}

/// Whether a call of this name has to do with RCU readers: it takes or releases a reader section,
/// loads for one, waits for them, walks or changes a list for them.
pub(crate) fn concerns_readers(name: &[u8], version: Version) -> bool {
    let table = context();
    api().accessors.contains_key(name)
        || makes_guard(name)
        || table
            .effects(name, version)
            .any(|effect| effect.kinds.iter().any(|kind| kind.is_reader()))
        || table.walk(name, version).is_some_and(|walk| walk.rcu)
        || table.change(name, version).is_some_and(|change| change.rcu)
        || table.sleeper(name, version).is_some_and(|sleeper| sleeper.waits.is_some())
}

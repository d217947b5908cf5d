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
pub(crate) mod cfg;
mod conditions;
pub mod context;
pub(crate) mod effects;
pub(crate) mod elsewhere;
pub(crate) mod lists;
pub(crate) mod sleeps;
pub(crate) mod solve;
pub(crate) mod spelling;
pub(crate) mod straight;
pub(crate) mod summary;
#[cfg(test)]
mod tests;
pub(crate) mod transfer;
pub(crate) mod world;

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use rustc_hash::FxHashMap;

pub(crate) use build::declared_name;

use crate::flow::accessors::Accessor;
use crate::flow::effects::Effects;
use crate::flow::summary::{Summary, parameter_names};
use crate::kernel::api;
use crate::kernel::context::{Kind as Held, When, context};
use crate::kernel::version::Version;
use crate::syntax::{Field, Kind, Tree};
use crate::types::Unit;

/// How a function sleeps, and the names of its parameters; `None` if it does not.
type Sleeping = Option<Rc<(sleeps::Sleep, Names)>>;

/// What is known of the functions and macros that a file sees.
pub(crate) struct Flows<'u, 'a> {
    pub unit: &'u Unit<'a>,
    pub version: Version,
    summaries: RefCell<FxHashMap<Box<str>, Rc<Summary>>>,
    accessors: RefCell<FxHashMap<Box<str>, Option<Rc<Accessor>>>>,
    snippets: RefCell<FxHashMap<String, Effects>>,
    interesting: RefCell<FxHashMap<Box<str>, bool>>,
    keeps: RefCell<FxHashMap<Box<str>, bool>>,
    allocates: RefCell<FxHashMap<Box<str>, bool>>,
    callers: RefCell<FxHashMap<Box<str>, Rc<context::Context>>>,
    bare: RefCell<FxHashMap<Box<str>, Option<bare::Bare>>>,
    calls: RefCell<FxHashMap<u32, Rc<[callers::Caller]>>>,
    /// Whose callers are being looked for.
    climbing: RefCell<Vec<Box<str>>>,
    sleeps: RefCell<FxHashMap<(Box<str>, bool), Sleeping>>,
    active: RefCell<Vec<Box<str>>>,
    /// How many other files led here.
    hops: usize,
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
            interesting: RefCell::default(),
            keeps: RefCell::default(),
            allocates: RefCell::default(),
            callers: RefCell::default(),
            bare: RefCell::default(),
            calls: RefCell::default(),
            climbing: RefCell::default(),
            sleeps: RefCell::default(),
            active: RefCell::default(),
            hops: 0,
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
    pub fn summary(&self, name: &str) -> Rc<Summary> {
        if let Some(known) = self.summaries.borrow().get(name) {
            return known.clone();
        }
        let Some(_entered) = self.enter(name) else { return Rc::default() };
        let mut found = Summary::default();
        for function in self.unit.functions(name) {
            for tree in self.unit.trees(function.home, function.item).iter().take(1) {
                let definition = tree
                    .children(tree.root())
                    .find(|node| tree.kind(*node) == Kind::FunctionDefinition);
                let body = definition.and_then(|at| tree.child(at, Field::Body));
                let Some((definition, body)) = definition.zip(body) else { continue };
                let parameters = parameter_names(tree, definition);
                let summary = self.summarize(tree, &parameters, body, false);
                // Of twins for different configurations, the one that does something is meant, and
                // the one whose result says what it did.
                let tells = found.effects.iter().any(|effect| effect.when != When::Always);
                if found.parameters.is_empty() || !summary.effects.is_empty() && !tells {
                    found = summary;
                }
            }
        }
        let found = Rc::new(found);
        self.summaries.borrow_mut().insert(name.into(), found.clone());
        found
    }

    /// Whether the body of what a name stands for mentions, itself or through what it calls,
    /// something that the tables know.
    pub fn interesting(&self, name: &str) -> bool {
        if let Some(known) = self.interesting.borrow().get(name) {
            return *known;
        }
        // While it is looked into, it is not.
        self.interesting.borrow_mut().insert(name.into(), false);
        let found = self.looks_interesting(name);
        if found {
            self.interesting.borrow_mut().insert(name.into(), true);
        }
        found
    }

    /// Whether the body of a function or macro takes a reference on something, itself or through
    /// what it calls.
    pub fn keeps(&self, name: &str) -> bool {
        if let Some(known) = self.keeps.borrow().get(name) {
            return *known;
        }
        // While it is looked into, it does not.
        self.keeps.borrow_mut().insert(name.into(), false);
        let takes = |called: &[u8]| context().handoff(called, self.version).is_some();
        let found = self.calls_any(name, takes, |called| self.keeps(called));
        self.keeps.borrow_mut().insert(name.into(), found);
        found
    }

    /// Whether a function calls anything that may return an object that it allocated.
    pub fn has_allocation(&self, tree: &Tree) -> bool {
        tree.all().any(|node| {
            tree.kind(node) == Kind::CallExpression
                && effects::callee(tree, node).is_some_and(|name| self.allocates(name))
        })
    }

    /// Whether the body of a function or macro allocates, itself or through what it calls.
    fn allocates(&self, name: &str) -> bool {
        let is = |called: &[u8]| api().allocators.contains(called);
        if is(name.as_bytes()) {
            return true;
        }
        if let Some(known) = self.allocates.borrow().get(name) {
            return *known;
        }
        // While it is looked into, it does not.
        self.allocates.borrow_mut().insert(name.into(), false);
        let found = self.calls_any(name, is, |called| self.allocates(called));
        self.allocates.borrow_mut().insert(name.into(), found);
        found
    }

    fn looks_interesting(&self, name: &str) -> bool {
        self.calls_any(name, known, |called| self.interesting(called))
    }

    /// Whether the body of a function or macro calls something of which either is true.
    fn calls_any(
        &self,
        name: &str,
        known: impl Fn(&[u8]) -> bool,
        deeper: impl Fn(&str) -> bool,
    ) -> bool {
        let macros = self.unit.macros(name);
        let macros = macros.iter().filter(|def| def.what.parameters.is_some());
        let functions = self.unit.functions(name);
        let any = |called: &[Box<str>]| {
            called.iter().any(|called| known(called.as_bytes()))
                || called.iter().any(|called| **called != *name && deeper(called))
        };
        macros.into_iter().any(|def| any(def.what.called()))
            || functions.iter().any(|function| any(function.file.called(function.item)))
    }
}

/// Whether the tables know a name.
fn known(name: &[u8]) -> bool {
    context().knows(name)
        || api().accessors.contains_key(name)
        || api().allocators.contains(name)
        || matches!(name, b"guard" | b"scoped_guard" | b"CLASS")
}

/// The names of parameters, where nothing else of them matters.
pub(crate) type Names = Vec<Option<Arc<str>>>;

/// An object whose name means nothing here.
pub(crate) const UNNAMED: &str = "?";

/// Whether a call of this name has to do with RCU readers: it takes or releases a reader section,
/// loads for one, waits for them, walks or changes a list for them.
pub(crate) fn concerns_readers(name: &[u8], version: Version) -> bool {
    let table = context();
    let reads = |kind: &Held| {
        matches!(kind, Held::Rcu | Held::RcuBh | Held::RcuSched | Held::Srcu | Held::RcuTasksTrace)
    };
    api().accessors.contains_key(name)
        || matches!(name, b"guard" | b"scoped_guard" | b"CLASS")
        || table.effects(name, version).any(|effect| effect.kinds.iter().any(reads))
        || table.walk(name, version).is_some_and(|walk| walk.rcu)
        || table.change(name, version).is_some_and(|change| change.rcu)
        || table.sleeper(name, version).is_some_and(|sleeper| sleeper.waits.is_some())
}

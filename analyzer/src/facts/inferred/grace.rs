//! What keeps for readers what an updater took away: a call that frees it after a grace period, or
//! one that waits for the grace period.

use crate::facts::inferred::{Grace, GraceKind, PointerUseKind};
use crate::facts::walk::Walk;
use crate::flow::Flows;
use crate::flow::effects::{arguments, callee};
use crate::flow::spelling::{holder, spelling};
use crate::flow::summary::parameter_names;
use crate::kernel::context::{Wait, context};
use crate::kernel::version::Version;
use crate::kernel::{Operand, api};
use crate::syntax::{Kind, NodeId, Tree};

/// Which argument a call frees, or has something done for, after a grace period.
pub(super) fn deferred(name: &str, version: Version) -> Option<usize> {
    let row = context().deferral(name.as_bytes(), version)?;
    row.object.or(row.head)
}

/// Whether a function that calls this is to be looked at: it defers something, or exchanges a pointer
/// (`xchg()`, `cmpxchg()` and their like).
pub(in crate::facts) fn concerns(name: &[u8], version: Version) -> bool {
    context().deferral(name, version).is_some()
        || api().operations.get(name).is_some_and(|operation| {
            operation.usage == Operand::Address && !operation.stores.is_empty()
        })
}

/// Functions that are given something to defer are followed so far.
const DEPTH: usize = 3;

/// What a function does with one of its arguments.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Given {
    Defers,
    /// The same, and it was in a list that readers walk.
    Unlists,
    /// If that was the last reference.
    Drops,
    /// Frees it at once.
    Frees,
    Nothing,
}

/// Calls that drop a reference and tell whether it was the last.
/// Sources: include/linux/refcount.h, include/linux/kref.h, include/linux/atomic.h.
fn drops(name: &str) -> bool {
    name.starts_with("kref_put")
        || (name.starts_with("refcount_") || name.starts_with("atomic")) && name.contains("_dec_")
}

impl Flows<'_, '_> {
    fn given(&self, name: &str, argument: usize, depth: usize) -> Given {
        if drops(name) {
            return Given::Drops;
        }
        if let Some(deferred) = deferred(name, self.version) {
            return if deferred == argument { Given::Defers } else { Given::Nothing };
        }
        if context().frees(name.as_bytes(), self.version).is_some() {
            return Given::Frees;
        }
        if depth == 0 {
            return Given::Nothing;
        }
        let mut found = Given::Nothing;
        for function in self.unit.functions(name) {
            for tree in self.unit.trees(function.home, function.item).iter() {
                match self.body_given(tree, argument, depth) {
                    one @ (Given::Defers | Given::Unlists | Given::Drops) => return one,
                    Given::Frees => found = Given::Frees,
                    Given::Nothing => {}
                }
            }
        }
        found
    }

    /// Whether a function of the file waits for readers and does nothing else.
    fn only_waits(&self, name: &str) -> bool {
        let functions = self.unit.functions(name);
        let waits = |tree: &Tree| {
            let mut calls = tree.all().filter(|at| tree.kind(*at) == Kind::CallExpression);
            calls.all(|call| callee(tree, call).is_some_and(|name| waits(name, self.version)))
        };
        let all = |home, item| self.unit.trees(home, item).iter().all(&waits);
        !functions.is_empty() && functions.iter().all(|one| all(one.home, one.item))
    }

    fn body_given(&self, tree: &Tree, argument: usize, depth: usize) -> Given {
        let Some((definition, _)) = crate::flow::definition(tree) else { return Given::Nothing };
        let parameters = parameter_names(tree, definition);
        let Some(Some(parameter)) = parameters.get(argument) else { return Given::Nothing };
        let (mut found, mut waited, mut counted) = (Given::Nothing, false, false);
        let mut listed = false;
        for call in tree.all().filter(|at| tree.kind(*at) == Kind::CallExpression) {
            let Some(name) = callee(tree, call) else { continue };
            waited |= waits(name, self.version);
            counted |= drops(name);
            for (at, given) in arguments(tree, call).into_iter().enumerate() {
                let whole = holder(tree, given).map(|at| tree.bare(at));
                let it = whole.is_some_and(|at| {
                    tree.kind(at) == Kind::Identifier && tree.text(at) == parameter.as_bytes()
                });
                if !it {
                    continue;
                }
                if drops(name) {
                    found = Given::Drops;
                    continue;
                }
                listed |= unlists(name, self.version);
                match self.given(name, at, depth - 1) {
                    Given::Frees if !waited && found == Given::Drops => {}
                    Given::Frees if !waited => found = Given::Frees,
                    Given::Defers | Given::Frees if !counted && !listed => return Given::Defers,
                    Given::Defers | Given::Unlists | Given::Frees if !counted => {
                        return Given::Unlists;
                    }
                    Given::Nothing => {}
                    _ => return Given::Drops,
                }
            }
        }
        found
    }
}

/// Whether a call takes something out of a list that readers walk.
fn unlists(name: &str, version: Version) -> bool {
    context().change(name.as_bytes(), version).is_some_and(|row| row.rcu && !row.adds)
}

/// Whether a call waits for readers.
fn waits(name: &str, version: Version) -> bool {
    let sleeper = context().sleeper(name.as_bytes(), version);
    let waits = sleeper.and_then(|row| row.waits).is_some_and(|what| what != Wait::Callbacks);
    // `kvfree_rcu_mightsleep()` waits only for what it frees.
    waits && deferred(name, version).is_none()
}

impl Walk<'_, '_, '_> {
    /// Whether readers are waited for before a call, on some way to it.
    pub(super) fn waited_before(&self, call: NodeId) -> bool {
        let tree = self.tree;
        let Some(flow) = self.flow() else { return false };
        let calls = tree.all().filter(|at| tree.kind(*at) == Kind::CallExpression);
        calls.take_while(|at| tree.span(*at).start < tree.span(call).start).any(|at| {
            callee(tree, at).is_some_and(|name| waits(name, self.flows.version))
                && flow.leads(at, call)
        })
    }

    /// Finds what stands behind each store of the function.
    pub(in crate::facts) fn inferred_of_function(&mut self) {
        let stores = std::mem::take(&mut self.plain.stores);
        for (at, node) in std::mem::take(&mut self.plain.used) {
            let alone = self.is_alone(node);
            if let PointerUseKind::Load(load) = &mut self.plain.facts.uses[at].what {
                load.alone = alone;
            }
        }
        let loads = std::mem::take(&mut self.plain.loads);
        for (at, node, text) in stores {
            let tree = self.tree;
            let before = |at: NodeId| tree.span(at).start <= tree.span(node).start;
            let same = loads.iter().filter(|(loaded, at, _)| *loaded == text && before(*at));
            let old: Vec<&str> = same.filter_map(|(_, _, name)| name.as_deref()).collect();
            let mut freed = false;
            let grace = self.grace(node, &text, &old, &mut freed);
            if let PointerUseKind::Store(store) = &mut self.plain.facts.uses[at].what {
                store.freed = freed && grace.is_none();
                store.grace = grace;
            }
        }
    }

    /// What keeps what was there before a store; `old` are the variables that hold it. Tells whether
    /// it is freed without.
    fn grace(&self, store: NodeId, text: &str, old: &[&str], freed: &mut bool) -> Option<Grace> {
        let tree = self.tree;
        let flow = self.flow()?;
        let start = tree.span(store).start;
        let mut wait: Option<NodeId> = None;
        let mut found: Option<(NodeId, GraceKind)> = None;
        let (mut listed, mut ended) = (false, false);
        let mut keep = |call: NodeId, kind: GraceKind| {
            if found.is_none_or(|(_, known)| known < kind) {
                found = Some((call, kind));
            }
        };
        for call in tree.all().filter(|at| tree.kind(*at) == Kind::CallExpression) {
            let Some(name) = callee(tree, call) else { continue };
            let behind = flow.leads(store, call) && tree.span(call).start > start;
            let waits = waits(name, self.flows.version);
            if waits || self.waits_through(name, call) {
                if behind && wait.is_none() {
                    let next = (waits || self.flows.only_waits(name))
                        && self.is_next(store, call)
                        && !self.replaces_more(call);
                    keep(call, if next { GraceKind::WaitsNext } else { GraceKind::Waits });
                    wait = Some(call);
                }
                continue;
            }
            let before = flow.leads(call, store) && tree.span(call).start < start;
            if !behind && !before {
                continue;
            }
            for (at, given) in arguments(tree, call).into_iter().enumerate() {
                let Some(whole) = holder(tree, given).map(|at| tree.bare(at)) else { continue };
                let held = tree.kind(whole) == Kind::Identifier
                    && old.iter().any(|name| name.as_bytes() == tree.text(whole));
                // Behind the store the text means what is there now.
                let written = before && spelling(tree, whole) == text;
                if !held && !written {
                    continue;
                }
                listed |= unlists(name, self.flows.version);
                match (self.flows.given(name, at, DEPTH), wait.filter(|_| held && behind)) {
                    (Given::Unlists, _) => {
                        listed = true;
                        keep(call, GraceKind::Defers);
                    }
                    (Given::Defers, _) => keep(call, GraceKind::Defers),
                    (Given::Drops | Given::Frees, Some(wait)) => {
                        ended = true;
                        keep(wait, GraceKind::WaitsFor);
                    }
                    (Given::Drops, None) => keep(call, GraceKind::Dropped),
                    (Given::Frees, None) => *freed = true,
                    (Given::Nothing, _) => {}
                }
            }
        }
        if let Some(wait) = wait {
            if self.is_used_behind(wait, old) && !self.hides_more(wait) {
                keep(wait, GraceKind::WaitsFor);
            }
        }
        let (call, how) = found?;
        let name = callee(tree, call).unwrap_or_default().to_owned();
        let place = self.declaration_at(self.home(), tree.file_span(call), name);
        let only = match how {
            GraceKind::Defers => !listed,
            // What is given something may wait because of that.
            GraceKind::WaitsFor => {
                (ended || self.is_next(store, call))
                    && arguments(tree, call).is_empty()
                    && !self.replaces_more(call)
            }
            _ => false,
        };
        Some(Grace { place, how, only })
    }

    /// Whether a call of a function of the file comes to one that waits for readers.
    fn waits_through(&self, name: &str, call: NodeId) -> bool {
        let unit = self.flows.unit;
        let waits = || self.flows.sleep(self.tree, call, false).and_then(|sleep| sleep.waits);
        deferred(name, self.flows.version).is_none()
            && unit.is_own(name)
            && waits().is_some_and(|what| what != Wait::Callbacks)
    }

    /// Whether one of these variables is used behind a call.
    fn is_used_behind(&self, wait: NodeId, variables: &[&str]) -> bool {
        let (tree, Some(flow)) = (self.tree, self.flow()) else { return false };
        let end = tree.span(wait).end;
        !variables.is_empty()
            && tree.all().any(|at| {
                tree.kind(at) == Kind::Identifier
                    && tree.span(at).start > end
                    && variables.iter().any(|name| name.as_bytes() == tree.text(at))
                    && flow.leads(wait, at)
            })
    }

    /// Whether nothing but the beginning and end of locks stands between a store and the call that
    /// waits.
    fn is_next(&self, store: NodeId, wait: NodeId) -> bool {
        let start = self.tree.span(store).start;
        self.calls_before(wait)
            .filter(|(at, _)| *at > start)
            .all(|(_, name)| context().effects(name, self.flows.version).next().is_some())
    }

    /// Whether the function takes something out of a list that readers walk before it waits for
    /// them: that is what it waits for.
    fn hides_more(&self, wait: NodeId) -> bool {
        self.calls_before(wait)
            .any(|(_, name)| context().change(name, self.flows.version).is_some_and(|row| row.rcu))
    }

    /// Whether it does, or changes another RCU pointer that is not in an object of its own.
    fn replaces_more(&self, wait: NodeId) -> bool {
        let tree = self.tree;
        let changes = |call: NodeId| {
            let name = callee(tree, call)?;
            let accessor = api().accessors.get(name.as_bytes())?;
            let pointer = arguments(tree, call).get(accessor.pointer).copied()?;
            let own = self.is_in_a_new_object(&spelling(tree, pointer), call);
            (accessor.value.is_some() && !own).then_some(())
        };
        let end = tree.span(wait).start;
        let mut before = tree
            .all()
            .filter(|at| tree.kind(*at) == Kind::CallExpression && tree.span(*at).start < end);
        self.hides_more(wait) || before.any(|call| changes(call).is_some())
    }

    /// The calls that stand before another, with where they do.
    fn calls_before(&self, call: NodeId) -> impl Iterator<Item = (u32, &[u8])> {
        let tree = self.tree;
        let end = tree.span(call).start;
        let calls = tree
            .all()
            .filter(move |at| tree.kind(*at) == Kind::CallExpression && tree.span(*at).start < end);
        calls.filter_map(|at| callee(tree, at).map(|name| (tree.span(at).start, name.as_bytes())))
    }
}

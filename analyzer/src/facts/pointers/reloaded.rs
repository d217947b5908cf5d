//! Pointers that are loaded twice in one section: tested or followed as loaded first, followed as
//! loaded again.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::{CallSite, followed_pointer, in_assertion, lvalue_text};
use crate::facts::walk::Walk;
use crate::flow::accessors::{Accessor, AccessorKind};
use crate::flow::along::Along;
use crate::flow::build::declared_name;
use crate::flow::cfg::{Assume, Step, VarId};
use crate::flow::effects::arguments;
use crate::flow::solve::{Flow, mentions};
use crate::flow::spelling::{pointer_into, spelling};
use crate::flow::transfer::is_lock;
use crate::flow::world::{Value, World};
use crate::kernel::context::Verb;
use crate::syntax::{Field, Kind, NodeId, Tree};
use crate::text::Span;

/// A pointer that is loaded again to be followed.
#[derive(Clone, Debug)]
pub struct Reloaded {
    /// The second load.
    pub call: CallSite,
    /// The first load.
    pub first: Span,
    /// The first was tested; otherwise it was followed, and what both lead to is taken to belong
    /// together.
    pub tested: bool,
    /// Where the second is followed.
    pub follow: Span,
}

/// A load, and what was done with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Known {
    load: NodeId,
    /// It is not NULL.
    tested: bool,
    /// It was followed on the spot.
    followed: bool,
}

impl Walk<'_, '_, '_> {
    pub(super) fn reloaded_pointers(&mut self, calls: &[(NodeId, Rc<Accessor>)]) {
        let tree = self.tree;
        let mut texts: FxHashMap<NodeId, String> = FxHashMap::default();
        let mut counts: FxHashMap<String, u32> = FxHashMap::default();
        for (call, accessor) in calls {
            let loads = matches!(
                accessor.kind,
                AccessorKind::Reader(_) | AccessorKind::Either(_) | AccessorKind::Look
            );
            let Some(text) = lvalue_text(tree, *call, accessor).filter(|_| loads) else { continue };
            *counts.entry(text.clone()).or_default() += 1;
            texts.insert(*call, text);
        }
        texts.retain(|_, text| counts[text] > 1);
        if texts.is_empty() {
            return;
        }
        let Some(flow) = self.flow() else { return };
        let analysis = Loads { flow, texts: &texts, tested: RefCell::default() };
        // Which load repeats which.
        let mut again: FxHashMap<NodeId, Known> = FxHashMap::default();
        let mut sections: FxHashSet<NodeId> = FxHashSet::default();
        flow.along(&analysis, BTreeMap::new(), |node, worlds, known| {
            let Some(text) = texts.get(&node) else { return };
            // Who enters a section although a lock is held does not count on that lock.
            let section = own_section(flow, worlds);
            if section {
                sections.insert(node);
            }
            let locked = worlds.iter().any(|world| {
                let held = world.held().iter().filter(|(_, n)| *n > 0).map(|(id, _)| *id);
                let said = world.asserted().iter().copied().filter(|_| !section);
                world.unclear || held.chain(said).any(|id| is_lock(flow.kind(id)))
            });
            match known.get(text) {
                Some(first) if first.load != node && !locked => again.insert(node, *first),
                _ => again.remove(&node),
            };
        });
        let tested = analysis.tested.into_inner();
        let mut follows: Vec<(NodeId, NodeId)> = Vec::new();
        flow.visit(|node, worlds| {
            let Some(pointer) = followed_pointer(tree, node) else { return };
            if in_assertion(tree, node) {
                return;
            }
            if again.contains_key(&pointer) {
                follows.push((pointer, node));
            }
            let Some(load) = flow.var(pointer).and_then(|var| loaded(var, worlds)) else { return };
            // The second counts as tested wherever that is.
            if again.get(&load).is_some_and(|first| first.tested) && !tested.contains(&load) {
                follows.push((load, node));
            }
        });
        follows.sort_by_key(|(load, node)| (tree.span(*load).start, tree.span(*node).start));
        follows.dedup_by_key(|(load, _)| *load);
        let mut found = Vec::new();
        for (load, node) in follows {
            let Some((_, accessor)) = calls.iter().find(|(call, _)| *call == load) else {
                continue;
            };
            let first = again[&load];
            let under_lock =
                !sections.contains(&load) && self.context(load).locks().next().is_some();
            if !matches!(accessor.kind, AccessorKind::Reader(_)) || under_lock {
                continue;
            }
            // Of whoever stores to the pointer, nobody else need be afraid of.
            let followed = first.followed && self.stores_to(&texts[&load]).is_empty();
            if first.tested || followed {
                found.push(Reloaded {
                    call: self.call_of(load, accessor),
                    first: tree.file_span(first.load),
                    tested: first.tested,
                    follow: tree.file_span(node),
                });
            }
        }
        self.pointer_facts.reloaded.append(&mut found);
    }
}

/// Whether the function itself has entered a reader section on every way.
fn own_section(flow: &Flow<'_, '_, '_>, worlds: &[World]) -> bool {
    worlds.iter().all(|world| {
        world.held().iter().any(|(id, count)| *count > 0 && flow.kind(*id).is_reader())
    })
}

/// The load whose value a variable holds, whatever the way.
fn loaded(var: VarId, worlds: &[World]) -> Option<NodeId> {
    let mut loads = worlds.iter().map(|world| match world.value(var) {
        Some(Value::Loaded(load) | Value::Guarded(load) | Value::Looked(load)) => Some(load),
        _ => None,
    });
    let first = loads.next()??;
    loads.all(|load| load == Some(first)).then_some(first)
}

/// Which lvalues were loaded in this section, and what was done with their values.
struct Loads<'w, 'f, 'u, 'a> {
    flow: &'w Flow<'f, 'u, 'a>,
    texts: &'w FxHashMap<NodeId, String>,
    /// The loads whose value a condition looks at.
    tested: RefCell<FxHashSet<NodeId>>,
}

impl Loads<'_, '_, '_, '_> {
    fn changed(&self, lvalue: NodeId, state: &mut BTreeMap<String, Known>) {
        let changed = spelling(self.flow.tree, self.flow.tree.bare(lvalue));
        state.retain(|text, _| !mentions(text, &changed));
    }

    /// Whether a section ends with a step, or a lock is taken, under which things differ.
    fn parts(&self, call: NodeId) -> bool {
        let effects = self.flow.effects_of(call);
        effects.unclear
            || effects.list.iter().any(|effect| match effect.verb {
                Verb::Release => effect.resource.kind.is_reader() || is_lock(effect.resource.kind),
                Verb::Take => is_lock(effect.resource.kind) || effect.resource.kind.is_reader(),
                Verb::Assert => false,
            })
    }
}

impl Along for Loads<'_, '_, '_, '_> {
    type State = BTreeMap<String, Known>;

    fn step(&self, step: Step, _: &[World], state: &mut Self::State) {
        let Step::Node(node) = step else { return state.clear() };
        let tree = self.flow.tree;
        let followed = followed_pointer(tree, node).and_then(|at| self.texts.get_key_value(&at));
        if let Some((load, text)) = followed {
            if let Some(known) = state.get_mut(text).filter(|known| known.load == *load) {
                known.followed = true;
            }
        }
        match tree.kind(node) {
            Kind::CallExpression => {
                if let Some(text) = self.texts.get(&node) {
                    let known = Known { load: node, tested: false, followed: false };
                    state.entry(text.clone()).or_insert(known);
                    return;
                }
                if self.parts(node) {
                    return state.clear();
                }
                for argument in arguments(tree, node) {
                    let bare = tree.bare(argument);
                    if tree.kind(bare) == Kind::PointerExpression && tree.operator(bare) == b"&" {
                        if let Some(inner) = tree.child(bare, Field::Argument) {
                            self.changed(inner, state);
                        }
                    }
                }
                let accessor = crate::flow::effects::callee(tree, node)
                    .and_then(|name| self.flow.flows.accessor(name))
                    .filter(|accessor| accessor.value.is_some());
                let stored = accessor
                    .and_then(|accessor| arguments(tree, node).get(accessor.pointer?).copied());
                if let Some(stored) = stored {
                    self.changed(stored, state);
                }
            }
            Kind::AssignmentExpression => {
                if let Some(left) = tree.child(node, Field::Left) {
                    self.changed(left, state);
                }
            }
            Kind::UpdateExpression => {
                if let Some(operand) = tree.child(node, Field::Argument) {
                    self.changed(operand, state);
                }
            }
            Kind::InitDeclarator => {
                if let Some(name) = declared_name(tree, node) {
                    self.changed(name, state);
                }
            }
            Kind::WhileStatement => {
                if let Some(condition) = tree.child(node, Field::Condition) {
                    for name in identifiers(tree, condition) {
                        self.changed(name, state);
                    }
                }
            }
            _ => {}
        }
    }

    fn assume(&self, assume: Assume, worlds: &[World], state: &mut Self::State) {
        let (tree, flow) = (self.flow.tree, self.flow);
        for name in identifiers(tree, assume.condition) {
            let Some(var) = flow.var(name) else { continue };
            if followed_there(tree, name) {
                continue;
            }
            for world in worlds {
                if let Some(Value::Loaded(load) | Value::Guarded(load)) = world.value(var) {
                    self.tested.borrow_mut().insert(load);
                }
            }
        }
        let Some((operand, true)) = flow.tested(assume.condition, assume.holds) else { return };
        let load = match flow.var(operand) {
            Some(var) => loaded(var, worlds),
            None => Some(operand),
        };
        let Some(text) = load.and_then(|load| self.texts.get(&load)) else { return };
        if let Some(known) = state.get_mut(text).filter(|known| Some(known.load) == load) {
            known.tested = true;
        }
    }

    fn meet(&self, state: &mut Self::State, other: &Self::State) {
        state.retain(|text, known| {
            let Some(there) = other.get(text).filter(|there| there.load == known.load) else {
                return false;
            };
            known.tested &= there.tested;
            known.followed &= there.followed;
            true
        });
    }
}

/// Every identifier in an expression.
fn identifiers(tree: &Tree, node: NodeId) -> Vec<NodeId> {
    let mut stack = vec![node];
    let mut found = Vec::new();
    while let Some(at) = stack.pop() {
        if tree.kind(at) == Kind::Identifier {
            found.push(at);
        }
        stack.extend(tree.children(at));
    }
    found
}

/// Whether a variable is followed where it stands.
fn followed_there(tree: &Tree, name: NodeId) -> bool {
    let mut at = name;
    while let Some(parent) = tree.parent(at) {
        if tree.kind(parent) == Kind::ParenthesizedExpression {
            at = parent;
            continue;
        }
        return followed_pointer(tree, parent) == Some(name)
            || pointer_into(tree, parent) == Some(name) && parent != name;
    }
    false
}

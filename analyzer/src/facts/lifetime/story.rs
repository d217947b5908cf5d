//! What a function does with objects, in order: shows them to readers, hides them, waits, and frees
//! them.

use std::collections::{BTreeMap, BTreeSet};

use super::Noted;
use super::flavours::waited;
use crate::facts::usage::is_null;
use crate::flow::accessors::{Accessor, AccessorKind, Condition};
use crate::flow::along::Along;
use crate::flow::build::declared_name;
use crate::flow::cfg::{Assume, Step};
use crate::flow::effects::{arguments, callee};
use crate::flow::ends::{Ending, contained};
use crate::flow::solve::Flow;
use crate::flow::spelling::{pointer_into, spelling};
use crate::flow::world::{Value, World};
use crate::kernel::context::{Wait, context};
use crate::syntax::{Field, Kind, NodeId, Tree};

/// What an object was taken out of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum From {
    /// An `__rcu` pointer.
    Pointer,
    /// A list, by the form that readers can bear.
    List,
    /// A table that has but one form.
    Table,
}

/// What is known on every way to a place. Objects go by the variable that points to them, or by what
/// is written.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct State {
    /// A grace period has passed since the function began.
    pub waited: bool,
    /// Objects that were taken out of what readers walk, and no grace period since; and pointers that
    /// were set to NULL, as `=lvalue`.
    pub hidden: BTreeMap<String, (NodeId, From)>,
    /// Objects that were hidden, and what was waited for since.
    pub passed: BTreeMap<String, ((NodeId, From), Vec<NodeId>)>,
    /// Hidden objects behind which something was put that a grace period comes before.
    posted: BTreeSet<String>,
    /// Something was put behind a grace period at all.
    pub posts: bool,
    /// Objects that were freed, or put behind a grace period.
    pub gone: BTreeMap<String, NodeId>,
    /// Objects of the function's own that it has shown to readers.
    pub shown: BTreeMap<String, NodeId>,
    /// Variables that hold the value of an `__rcu` lvalue: the lvalue.
    loaded: BTreeMap<String, String>,
    /// Those of them that no accessor loaded: whether others may see the object is not said.
    pub plain: BTreeSet<String>,
}

/// Follows them through a function.
pub(super) struct Story<'w, 'f, 'u, 'a> {
    pub flow: &'w Flow<'f, 'u, 'a>,
    pub noted: &'w [Noted],
}

/// The object of an argument, as text: the variable that points to it or into it, the lvalue that it
/// is loaded from, or what is written.
pub(super) fn object(tree: &Tree, argument: NodeId) -> Option<String> {
    let argument = contained(tree, argument);
    Some(match pointer_into(tree, argument) {
        Some(name) => String::from_utf8_lossy(tree.text(name)).into_owned(),
        None => spelling(tree, argument),
    })
}

/// Whether a call keeps the stores before it from those behind it.
/// Source: Documentation/memory-barriers.txt.
pub(super) fn is_write_barrier(name: &str) -> bool {
    matches!(name, "smp_wmb" | "smp_mb" | "wmb" | "mb")
}

/// Whether nobody else has ever seen an object.
pub(super) fn is_fresh(flow: &Flow<'_, '_, '_>, argument: NodeId, worlds: &[World]) -> bool {
    let name = pointer_into(flow.tree, contained(flow.tree, argument));
    let Some(var) = name.and_then(|name| flow.var(name)) else { return false };
    let new = |world: &World| {
        matches!(world.value(var), Some(Value::Fresh(_) | Value::New(_) | Value::Zero))
    };
    !worlds.is_empty() && worlds.iter().all(new)
}

impl Story<'_, '_, '_, '_> {
    fn accessor(&self, call: NodeId) -> Option<std::rc::Rc<Accessor>> {
        self.flow.flows.accessor(callee(self.flow.tree, call)?)
    }

    fn argument(&self, call: NodeId, at: Option<usize>) -> Option<NodeId> {
        arguments(self.flow.tree, call).get(at?).copied()
    }

    /// The objects that a call takes out of what readers walk.
    pub fn hides(&self, call: NodeId, state: &State) -> Vec<(String, From)> {
        let tree = self.flow.tree;
        let mut found: Vec<(String, From)> = self
            .noted
            .iter()
            .filter(|one| one.call == call)
            .filter_map(|one| match one.how {
                Ending::Hidden(_, said) => {
                    let from = if said { From::List } else { From::Table };
                    Some((object(tree, one.argument)?, from))
                }
                _ => None,
            })
            .collect();
        let Some(accessor) = self.accessor(call) else { return found };
        if !matches!(accessor.kind, AccessorKind::Assign | AccessorKind::Init) {
            return found;
        }
        let Some(lvalue) = self.argument(call, accessor.pointer) else { return found };
        let lvalue = spelling(tree, lvalue);
        let stored = self.argument(call, accessor.value);
        // What comes behind an object takes its place.
        let behind = stored.and_then(|stored| self.behind(stored, state));
        if let Some(gone) = behind.filter(|gone| !lvalue.starts_with(&format!("{gone}->"))) {
            found.push((gone, From::Pointer));
        }
        let stored = stored.map(|stored| spelling(tree, stored));
        let loaded = state.loaded.iter();
        let gone = loaded.filter(|(name, from)| **from == lvalue && Some(*name) != stored.as_ref());
        found.extend(gone.map(|(name, _)| (name.clone(), From::Pointer)));
        found
    }

    /// The variable that a call stores to an `__rcu` lvalue, and the lvalue.
    fn stores(&self, call: NodeId) -> Option<(String, String)> {
        let tree = self.flow.tree;
        let accessor = self.accessor(call).filter(|one| one.kind == AccessorKind::Assign)?;
        let stored = tree.bare(self.argument(call, accessor.value)?);
        let lvalue = self.argument(call, accessor.pointer)?;
        let variable = tree.kind(stored) == Kind::Identifier;
        variable.then(|| (spelling(tree, stored), spelling(tree, lvalue)))
    }

    /// The `__rcu` lvalue that a call sets to NULL.
    fn clears(&self, call: NodeId) -> Option<String> {
        let accessor = self.accessor(call)?;
        let stores = matches!(accessor.kind, AccessorKind::Assign | AccessorKind::Init);
        let stored = self.argument(call, accessor.value).filter(|_| stores)?;
        let lvalue = self.argument(call, accessor.pointer)?;
        is_null(self.flow.tree, stored).then(|| spelling(self.flow.tree, lvalue))
    }

    /// The object from which a value was loaded: `x` in `rcu_dereference_protected(x->next, ...)`, or
    /// in a variable that holds that.
    fn behind(&self, value: NodeId, state: &State) -> Option<String> {
        let tree = self.flow.tree;
        let value = tree.bare(value);
        let lvalue = match tree.kind(value) {
            Kind::Identifier => state.loaded.get(&spelling(tree, value))?.clone(),
            Kind::CallExpression => {
                spelling(tree, self.argument(value, self.accessor(value)?.pointer)?)
            }
            _ => return None,
        };
        let (object, _) = lvalue.rsplit_once("->")?;
        let word = |c: char| c == '_' || c.is_ascii_alphanumeric();
        object.chars().all(word).then(|| object.to_owned())
    }

    /// The object of the function's own that a call shows to readers.
    fn shows(&self, call: NodeId, worlds: &[World]) -> Option<String> {
        let flows = self.flow.flows;
        let added = callee(self.flow.tree, call)
            .and_then(|name| context().change(name.as_bytes(), flows.version))
            .filter(|change| change.adds && change.rcu && change.twin.is_some())
            .map(|change| change.node);
        let stored = || {
            let accessor = self.accessor(call)?;
            accessor.value.filter(|_| accessor.kind == AccessorKind::Assign)
        };
        let argument = self.argument(call, added.or_else(stored))?;
        let fresh = is_fresh(self.flow, argument, worlds);
        object(self.flow.tree, argument).filter(|_| fresh)
    }

    fn assigned(&self, name: NodeId, value: NodeId, state: &mut State) {
        let tree = self.flow.tree;
        let name = spelling(tree, name);
        state.hidden.remove(&name);
        state.passed.remove(&name);
        state.loaded.remove(&name);
        state.plain.remove(&name);
        state.gone.remove(&name);
        state.shown.remove(&name);
        let value = tree.bare(value);
        if tree.kind(value) == Kind::FieldExpression {
            state.loaded.insert(name.clone(), spelling(tree, value));
            state.plain.insert(name);
            return;
        }
        if tree.kind(value) != Kind::CallExpression {
            return;
        }
        let Some(accessor) = self.accessor(value) else { return };
        let Some(lvalue) = self.argument(value, accessor.pointer) else { return };
        if accessor.kind == AccessorKind::Replace {
            state.hidden.insert(name, (value, From::Pointer));
        } else if !self.alone(value, &accessor) {
            state.loaded.insert(name, spelling(tree, lvalue));
        }
    }

    /// Whoever says that nobody else can see it need not wait for anybody.
    fn alone(&self, call: NodeId, accessor: &Accessor) -> bool {
        let constant = |at: usize| {
            let given = self.argument(call, Some(at));
            let text = given.map(|given| spelling(self.flow.tree, given));
            text.is_some_and(|text| matches!(&*text, "1" | "true"))
        };
        match &accessor.condition {
            _ if accessor.kind == AccessorKind::Raw => true,
            Some(Condition::Argument(at)) => constant(*at),
            _ => false,
        }
    }

    fn defers(&self, name: &str) -> bool {
        context().deferral(name.as_bytes(), self.flow.flows.version).is_some()
    }

    /// What was hidden has waited for something.
    fn waited(&self, call: NodeId, state: &mut State) {
        let Some(waited) = waited(self.flow.tree, self.flow.flows, call) else {
            // For what is not known.
            state.hidden.clear();
            state.passed.clear();
            return;
        };
        for (key, hides) in std::mem::take(&mut state.hidden) {
            // Behind a grace period are those callbacks that were posted since.
            if waited.what != Wait::Callbacks || !state.posted.contains(&key) {
                state.passed.insert(key, (hides, Vec::new()));
            }
        }
        state.passed.values_mut().for_each(|(_, waits)| waits.push(call));
    }

    fn called(&self, call: NodeId, worlds: &[World], state: &mut State) {
        let tree = self.flow.tree;
        if self.flow.flows.waits_for_readers(tree, call) {
            state.waited = true;
            state.shown.clear();
            return self.waited(call, state);
        }
        if callee(tree, call).is_some_and(|name| self.flow.flows.comes_to_defer(name)) {
            state.posted.extend(state.hidden.keys().cloned());
            state.posts = true;
        }
        let cleared = self.clears(call).map(|lvalue| (format!("={lvalue}"), From::Pointer));
        for (key, from) in self.hides(call, state).into_iter().chain(cleared) {
            state.posted.remove(&key);
            state.passed.remove(&key);
            state.hidden.insert(key, (call, from));
        }
        if let Some((object, lvalue)) = self.stores(call) {
            state.loaded.insert(object, lvalue);
        }
        if let Some(key) = self.shows(call, worlds) {
            state.shown.insert(key, call);
        }
        for one in self.noted.iter().filter(|one| one.call == call) {
            // A function that defers may do so on some ways only.
            let sure = one.frees() || callee(tree, call).is_some_and(|name| self.defers(name));
            if let (true, Some(key)) = (sure, object(tree, one.argument)) {
                state.gone.insert(key, call);
            }
        }
    }
}

impl Along for Story<'_, '_, '_, '_> {
    type State = State;

    fn step(&self, step: Step, worlds: &[World], state: &mut State) {
        let (Step::Node(node), tree) = (step, self.flow.tree) else { return };
        match tree.kind(node) {
            Kind::CallExpression => self.called(node, worlds, state),
            Kind::AssignmentExpression => {
                let sides = tree.child(node, Field::Left).zip(tree.child(node, Field::Right));
                if let Some((left, right)) = sides {
                    self.assigned(tree.bare(left), right, state);
                }
            }
            Kind::InitDeclarator => {
                if let Some((name, value)) =
                    declared_name(tree, node).zip(tree.child(node, Field::Value))
                {
                    self.assigned(name, value, state);
                }
            }
            // The next round is about another object.
            Kind::WhileStatement => *state = State { waited: state.waited, ..State::default() },
            _ => {}
        }
    }

    fn assume(&self, _: Assume, _: &[World], _: &mut State) {}

    fn meet(&self, state: &mut State, other: &State) {
        state.waited &= other.waited;
        state.hidden.retain(|name, _| other.hidden.contains_key(name));
        state.passed.retain(|name, _| other.passed.contains_key(name));
        for (name, (_, waits)) in &mut state.passed {
            waits.extend(&other.passed[name].1);
            waits.sort_unstable();
            waits.dedup();
        }
        state.posted.extend(other.posted.iter().cloned());
        state.posts |= other.posts;
        state.plain.extend(other.plain.iter().cloned());
        state.gone.retain(|name, _| other.gone.contains_key(name));
        state.shown.retain(|name, _| other.shown.contains_key(name));
        state.loaded.retain(|name, from| other.loaded.get(name) == Some(from));
    }
}

//! What a function did to an object before it frees it: hid it from readers, waited for them.

use std::collections::BTreeMap;

use super::{FreedNow, Noted};
use crate::facts::pointers::assigned_values;
use crate::facts::walk::Walk;
use crate::flow::accessors::{AccessorKind, Condition};
use crate::flow::along::Along;
use crate::flow::build::declared_name;
use crate::flow::cfg::{Assume, Step};
use crate::flow::effects::{arguments, callee};
use crate::flow::ends::{Ending, contained};
use crate::flow::solve::Flow;
use crate::flow::spelling::{pointer_into, spelling};
use crate::flow::world::{Value, World};
use crate::syntax::{Field, Kind, NodeId, Tree};

/// What is known on every way to a place.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct State {
    /// A grace period has passed since the function began.
    pub waited: bool,
    /// Objects that were taken out of what readers walk, and no grace period since; by
    /// what, and whether that reckons with readers.
    hidden: BTreeMap<String, (NodeId, bool)>,
    /// Variables that hold the value of an `__rcu` lvalue: the lvalue.
    loaded: BTreeMap<String, String>,
}

/// A free, with what is known there.
pub(super) struct Free<'n> {
    pub noted: &'n Noted,
    /// Nobody else has ever seen it.
    pub fresh: bool,
    pub waited: bool,
    pub hidden: Option<NodeId>,
}

struct Story<'w, 'f, 'u, 'a> {
    flow: &'w Flow<'f, 'u, 'a>,
    noted: &'w [Noted],
}

impl Walk<'_, '_, '_> {
    /// Looks at the whole function, after everything in it was looked at.
    pub(in crate::facts) fn lifetime_of_function(&mut self) {
        let noted = std::mem::take(&mut self.ends);
        let frees = |one: &Noted| !matches!(one.how, Ending::Hidden(..));
        if !noted.iter().any(frees) || self.runs_after_readers() {
            return;
        }
        let Some(flow) = self.flow() else { return };
        let story = Story { flow, noted: &noted };
        let mut found: Vec<Free<'_>> = Vec::new();
        flow.along(&story, State::default(), |node, worlds, state| {
            for noted in noted.iter().filter(|one| one.call == node && frees(one)) {
                let key = object(flow.tree, noted.argument);
                found.push(Free {
                    noted,
                    fresh: is_fresh(flow, noted.argument, worlds),
                    waited: state.waited,
                    hidden: key
                        .and_then(|key| state.hidden.get(&key))
                        .filter(|(_, said)| *said || noted.head.is_some())
                        .map(|(call, _)| *call),
                });
            }
        });
        let tree = self.tree;
        let mut facts = Vec::new();
        for free in found {
            if free.fresh || free.waited {
                continue;
            }
            let noted = free.noted;
            if self.is_reused(noted) {
                continue;
            }
            let text = |node| String::from_utf8_lossy(tree.text(node)).into_owned();
            let (Ending::Freed(by) | Ending::CalledBack(by)) = &noted.how else { continue };
            let made = self.is_made_here(noted.argument);
            let callee = callee(tree, noted.call).unwrap_or_default().to_owned();
            let span = tree.file_span(noted.call);
            facts.push(FreedNow {
                function: self.function.clone(),
                span,
                expression: text(noted.argument),
                comes_to: (**by != *callee).then(|| by.to_string()),
                callee,
                key: object(tree, noted.argument),
                object: noted.object.clone(),
                head: noted.head.clone().filter(|_| !made),
                unused: false,
                is_callback: matches!(noted.how, Ending::CalledBack(_)),
                uncalled: false,
                queued: false,
                hidden: free.hidden.map(|node| (tree.file_span(node), text(node))),
                condition: self.condition_at(span),
            });
        }
        self.lifetime_facts.freed.append(&mut facts);
    }
}

impl Walk<'_, '_, '_> {
    /// Whether the function allocated what an argument points to, on some way at least.
    fn is_made_here(&self, argument: NodeId) -> bool {
        let (tree, Some(flow)) = (self.tree, self.flow()) else { return false };
        let name = pointer_into(tree, contained(tree, argument));
        let Some(var) = name.and_then(|name| flow.var(name)) else { return false };
        let new =
            |value: &NodeId| matches!(flow.value(*value, &World::default()), Some(Value::Fresh(_)));
        assigned_values(tree, flow, var).iter().any(new)
    }

    /// Whether it goes back to a cache whose objects readers can bear to see reused.
    /// Source: include/linux/slab.h, `SLAB_TYPESAFE_BY_RCU`.
    fn is_reused(&self, noted: &Noted) -> bool {
        let text = self.uses.unit.file.source().bytes();
        matches!(&noted.how, Ending::Freed(by) if &**by == "kmem_cache_free")
            && memchr::memmem::find(text, b"SLAB_TYPESAFE_BY_RCU").is_some()
    }
}

/// The object of an argument, as text: the variable that points to it or into it, or what is
/// written.
pub(super) fn object(tree: &Tree, argument: NodeId) -> Option<String> {
    let argument = contained(tree, argument);
    Some(match pointer_into(tree, argument) {
        Some(name) => String::from_utf8_lossy(tree.text(name)).into_owned(),
        None => spelling(tree, argument),
    })
}

fn is_fresh(flow: &Flow<'_, '_, '_>, argument: NodeId, worlds: &[World]) -> bool {
    let name = pointer_into(flow.tree, contained(flow.tree, argument));
    let Some(var) = name.and_then(|name| flow.var(name)) else { return false };
    let new = |world: &World| {
        matches!(world.value(var), Some(Value::Fresh(_) | Value::New(_) | Value::Zero))
    };
    !worlds.is_empty() && worlds.iter().all(new)
}

impl Story<'_, '_, '_, '_> {
    fn assigned(&self, name: NodeId, value: NodeId, state: &mut State) {
        let tree = self.flow.tree;
        let name = spelling(tree, name);
        state.hidden.remove(&name);
        state.loaded.remove(&name);
        let value = tree.bare(value);
        if tree.kind(value) != Kind::CallExpression {
            return;
        }
        let accessor = callee(tree, value).and_then(|called| self.flow.flows.accessor(called));
        let Some(accessor) = accessor else { return };
        let lvalue = accessor.pointer.and_then(|at| arguments(tree, value).get(at).copied());
        let Some(lvalue) = lvalue else { return };
        if accessor.kind == AccessorKind::Replace {
            state.hidden.insert(name, (value, true));
        } else {
            // Whoever says that nobody else can see it need not wait for anybody.
            let alone = match &accessor.condition {
                _ if accessor.kind == AccessorKind::Raw => true,
                Some(Condition::Argument(at)) => {
                    let given = arguments(tree, value);
                    let text = given.get(*at).map(|at| spelling(tree, *at));
                    text.is_some_and(|text| matches!(&*text, "1" | "true"))
                }
                _ => false,
            };
            if !alone {
                state.loaded.insert(name, spelling(tree, lvalue));
            }
        }
    }

    fn called(&self, call: NodeId, state: &mut State) {
        let (tree, flows) = (self.flow.tree, self.flow.flows);
        if flows.waits_for_readers(tree, call) {
            state.waited = true;
            state.hidden.clear();
            return;
        }
        for noted in self.noted.iter().filter(|one| one.call == call) {
            if let (Ending::Hidden(_, said), Some(key)) = (&noted.how, object(tree, noted.argument))
            {
                state.hidden.insert(key, (call, *said));
            }
        }
        let Some(accessor) = callee(tree, call).and_then(|name| flows.accessor(name)) else {
            return;
        };
        if matches!(accessor.kind, AccessorKind::Assign | AccessorKind::Init) {
            let lvalue = accessor.pointer.and_then(|at| arguments(tree, call).get(at).copied());
            let Some(lvalue) = lvalue.map(|lvalue| spelling(tree, lvalue)) else { return };
            let stored = accessor.value.and_then(|at| arguments(tree, call).get(at).copied());
            let next = stored.and_then(|stored| self.behind(stored, state));
            let stored = stored.map(|stored| spelling(tree, stored));
            // What comes behind an object takes its place.
            if let Some(gone) = next.filter(|gone| !lvalue.starts_with(&format!("{gone}->"))) {
                state.hidden.insert(gone, (call, true));
            }
            let gone: Vec<String> = state
                .loaded
                .iter()
                .filter(|(name, from)| **from == lvalue && Some(*name) != stored.as_ref())
                .map(|(name, _)| name.clone())
                .collect();
            for name in gone {
                state.hidden.insert(name, (call, true));
            }
        }
    }
}

impl Story<'_, '_, '_, '_> {
    /// The object from which a value was loaded: `x` in `rcu_dereference_protected(x->next, ...)`, or
    /// in a variable that holds that.
    fn behind(&self, value: NodeId, state: &State) -> Option<String> {
        let tree = self.flow.tree;
        let value = tree.bare(value);
        let lvalue = match tree.kind(value) {
            Kind::Identifier => state.loaded.get(&spelling(tree, value))?.clone(),
            Kind::CallExpression => {
                let accessor = self.flow.flows.accessor(callee(tree, value)?)?;
                spelling(tree, *arguments(tree, value).get(accessor.pointer?)?)
            }
            _ => return None,
        };
        let (object, _) = lvalue.rsplit_once("->")?;
        let word = |c: char| c == '_' || c.is_ascii_alphanumeric();
        object.chars().all(word).then(|| object.to_owned())
    }
}

impl Along for Story<'_, '_, '_, '_> {
    type State = State;

    fn step(&self, step: Step, _: &[World], state: &mut State) {
        let (Step::Node(node), tree) = (step, self.flow.tree) else { return };
        match tree.kind(node) {
            Kind::CallExpression => self.called(node, state),
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
            _ => {}
        }
    }

    fn assume(&self, _: Assume, _: &[World], _: &mut State) {}

    fn meet(&self, state: &mut State, other: &State) {
        state.waited &= other.waited;
        state.hidden.retain(|name, _| other.hidden.contains_key(name));
        state.loaded.retain(|name, from| other.loaded.get(name) == Some(from));
    }
}

//! What is wrong with the stories of objects.

use std::collections::BTreeSet;

use super::flavours;
use super::story::{self, From, State, Story};
use super::{EarlyEnd, FreedNow, LateStore, Noted};
use crate::facts::pointers::assigned_values;
use crate::facts::usage::is_null;
use crate::facts::walk::Walk;
use crate::flow::effects::callee;
use crate::flow::ends::{Ending, contained};
use crate::flow::spelling::{pointer_into, root};
use crate::flow::world::{Value, World};
use crate::syntax::{Field, Kind, NodeId};

impl Walk<'_, '_, '_> {
    /// Looks at the whole function, after everything in it was looked at.
    pub(in crate::facts) fn lifetime_of_function(&mut self) {
        let noted = std::mem::take(&mut self.ends);
        if !self.tells(&noted) || self.runs_after_readers() {
            return;
        }
        let Some(flow) = self.flow() else { return };
        let story = Story { flow, noted: &noted };
        let (mut freed, mut early, mut late) = (Vec::new(), Vec::new(), Vec::new());
        // Behind a barrier something is stored that tells readers that the object is complete.
        let mut completed = BTreeSet::new();
        let mut ended = Vec::new();
        flow.along(&story, State::default(), |node, worlds, state| match self.tree.kind(node) {
            Kind::CallExpression => {
                let here = || noted.iter().filter(|one| one.call == node);
                ended.extend(self.only_waited(node, state));
                ended.extend(here().filter_map(|one| self.ended(one, worlds, state)));
                for one in here().filter(|one| one.frees()) {
                    freed.extend(self.freed(one, worlds, state));
                }
                if callee(self.tree, node).is_some_and(story::is_write_barrier) {
                    completed.extend(state.shown.keys().cloned());
                }
                for (key, _) in story.hides(node, state) {
                    let end = state.gone.get(&key).filter(|end| **end != node);
                    if let Some(end) = end.filter(|_| !state.plain.contains(&key)) {
                        early.push(self.early(key, *end, node, false));
                    }
                }
                early.extend(self.waited_early(&noted, node, state));
            }
            Kind::AssignmentExpression => late.extend(self.late(node, state)),
            _ => {}
        });
        late.retain(|one| !completed.contains(&one.object));
        self.lifetime_facts.freed.append(&mut freed);
        self.lifetime_facts.early.append(&mut early);
        self.lifetime_facts.late.append(&mut late);
        self.flavours.ended.append(&mut ended);
    }

    /// Whether the function does anything of which there could be something to tell.
    fn tells(&self, noted: &[Noted]) -> bool {
        let shows_or_waits = || {
            let calls = self.tree.all().filter(|at| self.tree.kind(*at) == Kind::CallExpression);
            let mut names = calls.filter_map(|call| Some((call, callee(self.tree, call)?)));
            names.any(|(call, name)| {
                name == "rcu_assign_pointer"
                    || name.contains("_add_")
                    || flavours::waited(self.tree, self.flows, call).is_some()
            })
        };
        noted.iter().any(Noted::ends) || shows_or_waits()
    }

    fn text(&self, node: NodeId) -> String {
        String::from_utf8_lossy(self.tree.text(node)).into_owned()
    }

    fn freed(&self, one: &Noted, worlds: &[World], state: &State) -> Option<FreedNow> {
        let flow = self.flow()?;
        let key = story::object(self.tree, one.argument);
        let hidden = key.as_ref().and_then(|key| state.hidden.get(key)).copied();
        // What was hidden after the wait is the subject of another fact.
        if story::is_fresh(flow, one.argument, worlds) || state.waited || self.is_reused(one) {
            return None;
        }
        let (Ending::Freed(by) | Ending::CalledBack(by)) = &one.how else { return None };
        let callee = callee(self.tree, one.call).unwrap_or_default().to_owned();
        let span = self.tree.file_span(one.call);
        let made = self.is_made_here(one.argument);
        let known = one.object.is_some();
        let hidden = hidden.filter(|(_, from)| *from != From::Table && known);
        Some(FreedNow {
            function: self.function.clone(),
            span,
            expression: self.text(one.argument),
            comes_to: (**by != *callee).then(|| by.to_string()),
            callee,
            key,
            object: one.object.clone(),
            head: one.head.clone().filter(|_| !made),
            unused: false,
            is_callback: matches!(one.how, Ending::CalledBack(_)),
            uncalled: false,
            queued: false,
            reckoned: one.head.is_some() || matches!(hidden, Some((_, From::Pointer))),
            hidden: hidden.map(|(call, _)| self.tree.file_span(call)),
            condition: self.condition_at(span),
        })
    }

    fn early(&self, key: String, end: NodeId, hides: NodeId, waited: bool) -> EarlyEnd {
        let span = self.tree.file_span(end);
        EarlyEnd {
            function: self.function.clone(),
            span,
            expression: key,
            callee: callee(self.tree, end).unwrap_or_default().to_owned(),
            hidden: self.tree.file_span(hides),
            waited,
            condition: self.condition_at(span),
        }
    }

    /// An object that is freed at once, was hidden just before, and a wait came before that.
    fn waited_early(&self, noted: &[Noted], node: NodeId, state: &State) -> Option<EarlyEnd> {
        let one = noted.iter().find(|one| one.call == node && one.frees())?;
        let key = story::object(self.tree, one.argument)?;
        let (call, from) = *state.hidden.get(&key).filter(|_| state.waited)?;
        // Who empties a table behind the wait has stopped its readers before.
        let around = std::iter::successors(Some(call), |at| self.tree.parent(*at));
        let loops = [Kind::ForStatement, Kind::WhileStatement, Kind::DoStatement];
        let mut kinds = around.map(|at| self.tree.kind(at));
        if kinds.any(|kind| loops.contains(&kind)) {
            return None;
        }
        let counts = from == From::Pointer || one.head.is_some();
        counts.then(|| self.early(self.text(one.argument), node, call, true))
    }

    /// A store to an object that readers can see already.
    fn late(&self, node: NodeId, state: &State) -> Option<LateStore> {
        let tree = self.tree;
        let left = tree.bare(tree.child(node, Field::Left)?);
        let value = tree.child(node, Field::Right)?;
        if tree.kind(left) != Kind::FieldExpression || is_null(tree, value) {
            return None;
        }
        let (name, member) = self.holder_of(left)?;
        let shown = *state.shown.get(&name)?;
        let span = tree.file_span(left);
        Some(LateStore {
            function: self.function.clone(),
            span,
            expression: self.text(left),
            object: name,
            member,
            shown: tree.file_span(shown),
            condition: self.condition_at(span),
        })
    }

    /// The variable that points to the object of which an lvalue is a part, and the member of that:
    /// `x` and `a` in `x->a.b[c]`.
    fn holder_of(&self, lvalue: NodeId) -> Option<(String, String)> {
        let tree = self.tree;
        let mut at = lvalue;
        loop {
            let inner = tree.bare(tree.child(at, Field::Argument)?);
            if tree.kind(at) == Kind::FieldExpression && tree.operator(at) == b"->" {
                let member = self.text(tree.child(at, Field::Field)?);
                return (tree.kind(inner) == Kind::Identifier).then(|| (self.text(inner), member));
            }
            at = inner;
        }
    }

    /// Whether the function allocated what an argument points to, on some way at least.
    fn is_made_here(&self, argument: NodeId) -> bool {
        let (tree, Some(flow)) = (self.tree, self.flow()) else { return false };
        let name = pointer_into(tree, contained(tree, argument)).or_else(|| root(tree, argument));
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

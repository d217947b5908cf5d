//! Values of `rcu_access_pointer()`, which is for looking at a pointer, that are followed.

use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::{CallSite, followed_pointer, in_assertion, lvalue};
use crate::facts::walk::Walk;
use crate::facts::{Context, Protection};
use crate::flow::accessors::{Accessor, AccessorKind};
use crate::flow::effects::{arguments, callee};
use crate::flow::world::Value;
use crate::kernel::context::context;
use crate::syntax::{Kind, NodeId};
use crate::text::Span;

/// A value of `rcu_access_pointer()` that is followed.
#[derive(Clone, Debug)]
pub struct FollowedPeek {
    /// The call.
    pub call: CallSite,
    /// Where its value is followed first.
    pub follow: Span,
    /// The variable it went through; `None` where it is followed on the spot.
    pub variable: Option<String>,
    /// In what context it is followed.
    pub context: Context,
    /// What protects the pointer there.
    pub protection: Protection,
    /// Something that waits for readers comes before, or this is what runs after readers: the
    /// object may have been taken from them.
    pub after_readers: bool,
    /// The function frees the object.
    pub freed: bool,
}

impl Walk<'_, '_, '_> {
    pub(super) fn followed_peeks(&mut self, calls: &[(NodeId, Rc<Accessor>)]) {
        let looks: FxHashMap<NodeId, &Rc<Accessor>> = calls
            .iter()
            .filter(|(_, accessor)| accessor.kind == AccessorKind::Look)
            .map(|(call, accessor)| (*call, accessor))
            .collect();
        if looks.is_empty() {
            return;
        }
        let tree = self.tree;
        let Some(flow) = self.flow() else { return };
        // Every place where one is followed, in the order of the text.
        let mut places: Vec<(NodeId, NodeId, Option<String>)> = Vec::new();
        flow.visit(|node, worlds| {
            let Some(pointer) = followed_pointer(tree, node) else { return };
            if in_assertion(tree, node) {
                return;
            }
            if looks.contains_key(&pointer) {
                places.push((pointer, node, None));
                return;
            }
            let Some(var) = flow.var(pointer) else { return };
            let mut loads = worlds.iter().map(|world| match world.value(var) {
                Some(Value::Looked(load)) => Some(load),
                _ => None,
            });
            let Some(Some(load)) = loads.next() else { return };
            if loads.all(|other| other == Some(load)) && looks.contains_key(&load) {
                let name = flow.cfg.vars[usize::from(var)].to_string();
                places.push((load, node, Some(name)));
            }
        });
        places.sort_by_key(|(_, node, _)| tree.span(*node).start);
        let mut found: Vec<FollowedPeek> = Vec::new();
        for (load, node, variable) in places {
            let accessor = looks[&load];
            let here = self.context(node);
            let protection = match lvalue(tree, load, accessor) {
                Some(lvalue) => self.protection(&here, lvalue),
                None => Protection::Unknown,
            };
            let call = self.call_of(load, accessor);
            let peek = FollowedPeek {
                follow: tree.file_span(node),
                freed: variable.is_some() && self.frees(node),
                variable,
                context: here,
                protection,
                after_readers: self.waits_before(node) || self.runs_after_readers(),
                call,
            };
            match found.iter_mut().find(|one| one.call.span == peek.call.span) {
                None => found.push(peek),
                // The place with the least protection tells most.
                Some(known)
                    if known.protection != Protection::Unknown
                        && peek.protection == Protection::Unknown =>
                {
                    *known = peek;
                }
                Some(_) => {}
            }
        }
        self.pointer_facts.followed.append(&mut found);
    }

    /// Whether the variable that is followed at a place is freed after it.
    fn frees(&self, node: NodeId) -> bool {
        let (tree, Some(flow)) = (self.tree, self.flow()) else { return false };
        let Some(var) = followed_pointer(tree, node).and_then(|at| flow.var(at)) else {
            return false;
        };
        let from = tree.span(node).start;
        tree.all().filter(|at| tree.kind(*at) == Kind::CallExpression).any(|call| {
            let Some(name) = callee(tree, call).filter(|_| tree.span(call).start >= from) else {
                return false;
            };
            let given = arguments(tree, call);
            context().frees(name.as_bytes(), self.flows.version).is_some()
                && given.iter().any(|given| flow.var(tree.bare(*given)) == Some(var))
        })
    }

    /// Whether something that waits for a grace period stands before a place.
    pub(super) fn waits_before(&self, node: NodeId) -> bool {
        let tree = self.tree;
        let end = tree.span(node).start;
        tree.all()
            .take_while(|at| tree.span(*at).start < end)
            .filter(|at| tree.kind(*at) == Kind::CallExpression)
            .filter_map(|call| callee(tree, call))
            .any(|name| {
                context()
                    .sleeper(name.as_bytes(), self.flows.version)
                    .is_some_and(|sleeper| sleeper.waits.is_some())
            })
    }

    /// Whether the function is an RCU callback, as far as its parameters tell.
    pub(in crate::facts) fn runs_after_readers(&self) -> bool {
        let tree = self.tree;
        let body = self.whole.as_ref().map(|(_, body)| tree.span(*body).start as usize);
        let head = &tree.text[..body.unwrap_or(0)];
        let names = |word: &[u8]| memchr::memmem::find(head, word).is_some();
        names(b"struct rcu_head *") || names(b"struct callback_head *")
    }
}

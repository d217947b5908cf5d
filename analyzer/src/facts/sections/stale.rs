//! Pointers that are used after the reader section in which they were loaded.

use rustc_hash::FxHashMap;

use crate::facts::sections::StaleUse;
use crate::facts::walk::Walk;
use crate::flow::context::By;
use crate::flow::world::{Value, World};
use crate::syntax::{Field, Kind, NodeId, Tree};
use crate::types::Type;

impl Walk<'_, '_, '_> {
    /// Whether a pointer is followed whose section has ended.
    pub(super) fn followed_after(&mut self, node: NodeId) {
        let Some((loaded, ended)) = self.stale_at(node) else { return };
        if self.only_address(node) || self.is_kept(node) {
            return;
        }
        let Some(pointer) = followed(self.tree, node) else { return };
        self.stale_use(pointer, node, false, (loaded, ended));
    }

    /// Whether something is held that a pointer may live by. Another section of the function's own is
    /// none: it began after the pointer's had ended.
    fn is_kept(&self, node: NodeId) -> bool {
        let held = self.context(node).held;
        held.iter().any(|held| held.by != By::Taken || !held.kind.is_reader())
    }

    fn stale_use(&mut self, pointer: NodeId, at: NodeId, returned: bool, from: (NodeId, NodeId)) {
        let span = self.tree.file_span(at);
        let (loaded, ended) = from;
        let stale = StaleUse {
            function: self.function.clone(),
            span,
            expression: String::from_utf8_lossy(self.tree.text(pointer)).into_owned(),
            returned,
            loaded: self.place(loaded),
            ended: self.place(ended),
            by_guard: self.is_guard(ended),
            condition: self.condition_at(span),
        };
        self.section_facts.stale.push(stale);
    }

    fn is_guard(&self, node: NodeId) -> bool {
        self.flow().is_some_and(|flow| flow.cfg.guards.iter().any(|guard| guard.node == node))
    }

    /// For an expression that follows a variable whose section has ended whichever way led here:
    /// where it was loaded, and where the section ended.
    fn stale_at(&self, node: NodeId) -> Option<(NodeId, NodeId)> {
        let flow = self.flow()?;
        let all = self.stale.get_or_init(|| {
            let mut found = FxHashMap::default();
            flow.visit(|node, worlds| {
                let var = followed(flow.tree, node).and_then(|pointer| flow.var(pointer));
                if let Some(from) = var.and_then(|var| stale(worlds, |world| world.value(var))) {
                    found.insert(node, from);
                }
            });
            found
        });
        all.get(&node).copied()
    }

    /// Whether nothing is loaded: `&p->member`, or an array in `*p`.
    fn only_address(&self, node: NodeId) -> bool {
        let tree = self.tree;
        let mut at = node;
        loop {
            let Some(parent) = tree.parent(at) else { return false };
            let typer = self.uses.typer(&self.scopes);
            let array = || {
                typer
                    .typed(tree, at)
                    .is_ok_and(|typed| matches!(typer.resolve(&typed.ty).ty, Type::Array(_)))
            };
            at = match tree.kind(parent) {
                Kind::ParenthesizedExpression => parent,
                Kind::FieldExpression if tree.operator(parent) == b"." => parent,
                Kind::SubscriptExpression if tree.field(at) == Field::Argument && array() => parent,
                Kind::PointerExpression if tree.operator(parent) == b"&" => return true,
                _ => return array(),
            };
        }
    }

    /// Whether a function returns a pointer whose section it ended.
    pub(super) fn returned_after(&mut self) {
        let Some(flow) = self.flow() else { return };
        let mut found = Vec::new();
        for (returns, worlds) in flow.exits() {
            let Some(returns) = returns else { continue };
            let Some(value) = self.tree.first_child(returns) else { continue };
            let pointer = self.tree.bare(value);
            if self.tree.kind(pointer) != Kind::Identifier {
                continue;
            }
            // Of NULL there is nothing to protect.
            let worlds: Vec<World> = worlds
                .into_iter()
                .filter(|world| flow.value(pointer, world) != Some(Value::Zero))
                .collect();
            if let Some(from) = stale(&worlds, |world| flow.value(pointer, world)) {
                found.push((pointer, returns, from));
            }
        }
        for (pointer, returns, from) in found {
            if !self.is_kept(returns) {
                self.stale_use(pointer, pointer, true, from);
            }
        }
    }
}

/// What the worlds agree on, if a value's section has ended in all of them.
fn stale(worlds: &[World], value: impl Fn(&World) -> Option<Value>) -> Option<(NodeId, NodeId)> {
    let mut found = None;
    for world in worlds {
        match value(world) {
            Some(Value::Stale(loaded, ended)) => {
                found = found.or(Some((loaded, ended)));
            }
            _ => return None,
        }
    }
    found
}

/// The variable that `p->x`, `*p` or `p[i]` follows.
fn followed(tree: &Tree, node: NodeId) -> Option<NodeId> {
    let follows = match tree.kind(node) {
        Kind::FieldExpression => tree.operator(node) == b"->",
        Kind::PointerExpression => tree.operator(node) == b"*",
        Kind::SubscriptExpression => true,
        _ => false,
    };
    let pointer = tree.child(node, Field::Argument).filter(|_| follows)?;
    let pointer = tree.bare(pointer);
    (tree.kind(pointer) == Kind::Identifier).then_some(pointer)
}

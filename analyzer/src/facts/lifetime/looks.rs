//! Which members readers look at: what is set late matters only to those who look.

use std::collections::BTreeSet;

use super::LateStore;
use crate::facts::pointers::assigned_values;
use crate::facts::walk::Walk;
use crate::flow::accessors::AccessorKind;
use crate::flow::effects::callee;
use crate::flow::spelling::spelling;
use crate::kernel::context::Kind as Held;
use crate::syntax::{Field, Kind, NodeId};
use crate::types::Type;

/// Where a member of an object is named behind a pointer to it.
#[derive(Clone, Debug)]
pub(in crate::facts) struct Look {
    /// Where the expression begins.
    start: u32,
    /// The type of the object, and the member.
    of: (String, String),
    /// Readers look at it there.
    reads: bool,
}

/// The members that are set late, as far as their names tell.
pub(in crate::facts) fn late_members(late: &[LateStore]) -> BTreeSet<String> {
    late.iter().map(|one| one.member.clone()).collect()
}

/// Keeps the stores to members that readers look at, and of one object the first.
pub(in crate::facts) fn keep_looked_at(late: &mut Vec<LateStore>, looks: &[Look]) {
    late.retain(|one| {
        let stored =
            looks.iter().find(|look| look.start == one.span.start && look.of.1 == one.member);
        stored.is_some_and(|stored| looks.iter().any(|look| look.reads && look.of == stored.of))
    });
    late.sort_by_key(|one| one.span);
    late.dedup_by(|a, b| a.function == b.function && a.shown == b.shown);
}

/// Whether who takes a lock may sleep until it is free. Source: Documentation/locking/locktypes.rst.
fn sleeps(lock: Held) -> bool {
    matches!(lock, Held::Mutex | Held::Semaphore | Held::RwsemRead | Held::RwsemWrite | Held::Sock)
}

impl Walk<'_, '_, '_> {
    /// Notes a member that was asked for, with the variables that it sees in scope.
    pub(in crate::facts) fn look_at_member(&mut self, node: NodeId) {
        let tree = self.tree;
        if tree.kind(node) != Kind::FieldExpression || tree.operator(node) != b"->" {
            return;
        }
        let (Some(pointer), Some(member)) =
            (tree.child(node, Field::Argument), tree.child(node, Field::Field))
        else {
            return;
        };
        let member = spelling(tree, member);
        if !self.late_members.contains(&member) {
            return;
        }
        let pointer = tree.bare(pointer);
        let Some(object) = self.pointed_to(pointer) else { return };
        self.looks.push(Look {
            start: tree.file_span(node).start,
            of: (object, member),
            reads: !self.is_set(node) && self.is_read_there(node, pointer),
        });
    }

    /// The tag of the structure that an expression points to.
    pub(super) fn pointed_to(&self, pointer: NodeId) -> Option<String> {
        let typer = self.uses.typer(&self.scopes);
        let typed = typer.typed(self.tree, pointer).ok()?;
        let Type::Pointer(to) = typer.resolve(&typed.ty).ty else { return None };
        match typer.resolve(&to).ty {
            Type::Tag(tag) => Some(tag.to_string()),
            Type::Record(record) => record.tag.as_deref().map(str::to_owned),
            _ => None,
        }
    }

    /// Whether nothing but a store is done there: `x->a = 1`, `x->a.b = 1`.
    fn is_set(&self, node: NodeId) -> bool {
        let tree = self.tree;
        let mut at = node;
        while let Some(parent) = tree.parent(at) {
            match tree.kind(parent) {
                Kind::AssignmentExpression => {
                    return tree.field(at) == Field::Left && tree.operator(parent) == b"=";
                }
                Kind::FieldExpression if tree.operator(parent) == b"." => {}
                Kind::ParenthesizedExpression => {}
                Kind::SubscriptExpression if tree.field(at) == Field::Argument => {}
                _ => return false,
            }
            at = parent;
        }
        false
    }

    /// Whether a place is one of readers: in a section of theirs, or behind a pointer that they have
    /// loaded or walked to. A lock may be the object's own in a section; one that sleeps was taken
    /// around the section, by an updater.
    fn is_read_there(&self, node: NodeId, pointer: NodeId) -> bool {
        let context = self.context(node);
        match context.readers().next() {
            Some(_) => !context.locks().any(|held| sleeps(held.kind)),
            None => context.locks().next().is_none() && self.is_readers_pointer(pointer),
        }
    }

    fn is_readers_pointer(&self, pointer: NodeId) -> bool {
        let tree = self.tree;
        let name = spelling(tree, pointer);
        let walked = tree.all().filter(|at| tree.kind(*at) == Kind::WhileStatement).any(|at| {
            let walking = self.flows.walk(tree, at);
            walking.is_some_and(|walking| walking.rcu && *walking.position == *name)
        });
        let loaded = |value: NodeId| {
            let accessor = callee(tree, value).and_then(|name| self.flows.accessor(name));
            accessor.is_some_and(|accessor| {
                matches!(accessor.kind, AccessorKind::Reader(_) | AccessorKind::Either(_))
            })
        };
        let value = || {
            let flow = self.flow()?;
            let var = flow.var(pointer)?;
            let values = assigned_values(tree, flow, var);
            Some(values.iter().any(|value| loaded(tree.bare(*value))))
        };
        walked || value() == Some(true)
    }
}

//! Loads for readers whose value is only tested or compared.

use std::rc::Rc;

use super::{CallSite, asks_lockdep};
use crate::facts::usage::Outcome;
use crate::facts::walk::Walk;
use crate::facts::{StoreKind, Usage};
use crate::flow::accessors::{Accessor, AccessorKind};
use crate::flow::build::declared_name;
use crate::flow::cfg::VarId;
use crate::flow::effects::callee;
use crate::syntax::{Field, Kind, NodeId};
use crate::text::Span;

/// A load for a reader whose value is only tested.
#[derive(Clone, Debug)]
pub struct TestedLoad {
    /// The call.
    pub call: CallSite,
    /// The variable it goes to and where that is tested; `None` where the load stands in the test.
    pub variable: Option<(String, Span)>,
}

impl Walk<'_, '_, '_> {
    pub(super) fn tested_loads(&mut self, calls: &[(NodeId, Rc<Accessor>)]) {
        let mut found = Vec::new();
        for (call, accessor) in calls {
            if !matches!(accessor.kind, AccessorKind::Reader(_)) {
                continue;
            }
            let variable = match self.noted.outcomes.get(call) {
                Some(Outcome::Use(Usage::Test, through))
                    if through.as_deref().is_none_or(|name| !asks_lockdep(name)) =>
                {
                    None
                }
                Some(Outcome::Use(Usage::Load(_), None)) => match self.only_tested(*call) {
                    Some(variable) => Some(variable),
                    None => continue,
                },
                _ => continue,
            };
            found.push(TestedLoad { call: self.call_of(*call, accessor), variable });
        }
        self.pointer_facts.tested.append(&mut found);
    }

    /// For a load that is assigned to a variable of which everything else is a test, and which
    /// holds nothing but such loads and NULL: the variable and its first test.
    fn only_tested(&self, call: NodeId) -> Option<(String, Span)> {
        let tree = self.tree;
        let flow = self.flow()?;
        let mut at = call;
        let parent = loop {
            let parent = tree.parent(at)?;
            if tree.kind(parent) != Kind::ParenthesizedExpression {
                break parent;
            }
            at = parent;
        };
        let target = match tree.kind(parent) {
            Kind::AssignmentExpression if tree.field(at) == Field::Right => {
                tree.bare(tree.child(parent, Field::Left)?)
            }
            Kind::InitDeclarator if tree.field(at) == Field::Value => declared_name(tree, parent)?,
            _ => return None,
        };
        let var = flow.var(target)?;
        if usize::from(var) < flow.cfg.parameters || !self.is_plain_pointer(var) {
            return None;
        }
        let mut tests = Vec::new();
        for (identifier, outcome) in self.noted.uses.get(&var)? {
            match outcome {
                Outcome::Use(Usage::Test, _) => tests.push(tree.file_span(*identifier)),
                Outcome::Use(Usage::NullStore(_), None) => {}
                Outcome::Use(Usage::Store(store), None)
                    if store.how == StoreKind::Statement && self.loads_for_reader(*identifier) => {}
                _ => return None,
            }
        }
        let name = flow.cfg.vars[usize::from(var)].to_string();
        Some((name, *tests.first()?))
    }

    /// Whether a variable is declared once, and by name (no `static`, no parameter).
    fn is_plain_pointer(&self, var: VarId) -> bool {
        let Some(flow) = self.flow() else { return false };
        let name = &flow.cfg.vars[usize::from(var)];
        flow.cfg.vars.iter().filter(|other| *other == name).count() == 1
    }

    /// Whether what an assignment gives its target is a load for readers.
    fn loads_for_reader(&self, target: NodeId) -> bool {
        let tree = self.tree;
        let value = tree.parent(target).and_then(|parent| tree.child(parent, Field::Right));
        value
            .and_then(|value| callee(tree, tree.bare(value)))
            .and_then(|name| self.flows.accessor(name))
            .is_some_and(|accessor| matches!(accessor.kind, AccessorKind::Reader(_)))
    }
}

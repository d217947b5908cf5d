//! What a reader section is for: whether one pointer is all in it that readers have to be waited for.

use crate::facts::walk::Walk;
use crate::flow::context::By;
use crate::flow::effects::callee;
use crate::flow::lists::loop_head;
use crate::flow::solve::Flow;
use crate::syntax::{Field, Kind, NodeId};

impl Walk<'_, '_, '_> {
    /// Whether a load is in a section that the function takes, in which nothing else is known to want
    /// one; what the pointer leads to does not count, but what led to it does.
    pub(super) fn is_alone(&self, load: NodeId) -> bool {
        let Some(flow) = self.flow().filter(|_| self.is_in_own_section(load)) else { return false };
        let wants = self.plain.wants.get_or_init(|| self.wants());
        let same = |at: &NodeId| {
            (flow.leads(*at, load) || flow.leads(load, *at)) && self.is_in_own_section(*at)
        };
        !wants.iter().any(same) && !self.is_led_to(flow, load)
    }

    fn is_in_own_section(&self, node: NodeId) -> bool {
        let held = self.context_here(node).held;
        held.iter().any(|held| held.by == By::Taken && held.kind.is_rcu())
    }

    /// Whether the object that a pointer is loaded from is what another leads to that was loaded in the
    /// same section.
    fn is_led_to(&self, flow: &Flow<'_, '_, '_>, load: NodeId) -> bool {
        let tree = self.tree;
        let loads = &self.plain.loads;
        let mut at = tree.bare(load);
        loop {
            match tree.kind(at) {
                Kind::FieldExpression | Kind::SubscriptExpression | Kind::PointerExpression => {
                    let Some(within) = tree.child(at, Field::Argument) else { return false };
                    at = tree.bare(within);
                    if loads.iter().any(|(_, other, _)| *other == at) {
                        return true;
                    }
                }
                Kind::Identifier => {
                    let name = tree.text(at);
                    return loads.iter().any(|(_, other, variable)| {
                        variable.as_ref().is_some_and(|variable| variable.as_bytes() == name)
                            && *other != load
                            && self.is_in_own_section(*other)
                            && flow.leads(*other, load)
                    });
                }
                _ => return false,
            }
        }
    }

    /// The places of the function that may want a reader section.
    fn wants(&self) -> Vec<NodeId> {
        let tree = self.tree;
        let wants = |at: &NodeId| match tree.kind(*at) {
            Kind::CallExpression => {
                callee(tree, *at).is_some_and(|name| self.flows.may_want_reader(name))
            }
            Kind::WhileStatement => {
                loop_head(tree, *at).is_some_and(|(name, _)| self.flows.may_want_reader(&name))
            }
            _ => false,
        };
        tree.all().filter(wants).collect()
    }
}

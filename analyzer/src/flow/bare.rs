//! Whether some call of a function is made where no reader section is. For that one caller is
//! enough, where a function that is safe would need to know all of them.

use crate::flow::callers::mentions;
use crate::flow::cfg::Cfg;
use crate::flow::context::Context;
use crate::flow::effects::callee;
use crate::flow::sleeps::{asks, certain};
use crate::flow::solve::Flow;
use crate::flow::summary::parameter_names;
use crate::flow::{Flows, definition};
use crate::syntax::{Field, Kind, NodeId, Tree};

/// Callers further up than this are not looked at.
const DEPTH: usize = 4;

/// Why it is known that a place is reached with no reader section around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Bare {
    /// The function calls this, which sleeps, on the way there or from there on.
    Sleeps(NodeId, Box<str>),
    /// The kernel calls the function so.
    Entry,
    /// This function does.
    Called(Box<str>),
}

impl Flows<'_, '_> {
    /// Why a place of a function is reached with no reader section around it, if that is known and
    /// the function holds nothing there itself.
    pub fn bare_at(
        &self,
        flow: &Flow<'_, '_, '_>,
        name: &str,
        body: NodeId,
        at: NodeId,
    ) -> Option<Bare> {
        if asked(flow.tree, at) {
            return None;
        }
        if let Some((call, what)) = self.sleeps_beside(flow, body, at) {
            return Some(Bare::Sleeps(call, what));
        }
        self.called_bare(name)
    }

    /// Whether a function is called where no reader section is, and by whom.
    fn called_bare(&self, name: &str) -> Option<Bare> {
        if let Some(known) = self.bare.borrow().get(name) {
            return known.clone();
        }
        // Who calls itself adds nothing.
        if self.climbing.borrow().len() >= DEPTH
            || self.climbing.borrow().iter().any(|known| **known == *name)
        {
            return None;
        }
        self.climbing.borrow_mut().push(name.into());
        let found = self.looks_bare(name);
        self.climbing.borrow_mut().pop();
        self.bare.borrow_mut().insert(name.into(), found.clone());
        found
    }

    fn looks_bare(&self, name: &str) -> Option<Bare> {
        let nothing = |context: &Context| context.held.is_empty();
        if self.is_system_call(name) || self.pasted(name).iter().any(nothing) {
            return Some(Bare::Entry);
        }
        let file = &self.unit.file;
        memchr::memmem::find_iter(file.source().bytes(), name).nth(1)?;
        let registered = file.items.items.iter().enumerate().any(|(at, item)| {
            mentions(file.text(item), name).escapes
                && self.known_registrations(at as u32, name).iter().any(nothing)
        });
        if registered {
            return Some(Bare::Entry);
        }
        let mut found = None;
        self.each_caller(name, |caller, tree| {
            if found.is_none() && self.calls_bare(caller, tree, name) {
                found = Some(Bare::Called(caller.into()));
            }
        });
        found
    }

    /// Whether a function calls another where no reader section is.
    fn calls_bare(&self, caller: &str, tree: &Tree, name: &str) -> bool {
        let Some((definition, body)) = definition(tree) else { return false };
        let own = parameter_names(tree, definition);
        let flow = Flow::new(self, tree, Cfg::of_function(tree, &own, body));
        let mut calls: Vec<NodeId> = Vec::new();
        flow.visit(|node, worlds| {
            if tree.kind(node) == Kind::CallExpression
                && callee(tree, node) == Some(name)
                && nothing_held(&Context::of(&flow, worlds))
            {
                calls.push(node);
            }
        });
        calls.into_iter().any(|call| self.bare_at(&flow, caller, body, call).is_some())
    }

    /// A call that sleeps and that every way through the function comes to but those that leave
    /// early, if it lies on a way with the place: whoever calls the function so holds no reader.
    fn sleeps_beside(
        &self,
        flow: &Flow<'_, '_, '_>,
        body: NodeId,
        at: NodeId,
    ) -> Option<(NodeId, Box<str>)> {
        let mut calls = Vec::new();
        certain(flow.tree, body, &mut calls);
        calls.into_iter().filter(|call| !is_inside(flow.tree, at, *call)).find_map(|call| {
            let sleep = self.sleep_of(flow.tree, call)?;
            let worlds = flow.at(call)?;
            let alone = worlds
                .iter()
                .all(|world| !world.unclear && world.held().iter().all(|(_, count)| *count >= 0));
            let open = alone && !asked(flow.tree, call);
            (open && (flow.leads(call, at) || flow.leads(at, call))).then_some((call, sleep.what))
        })
    }
}

/// Whether a function holds nothing of its own, nor has given anything back.
pub(crate) fn nothing_held(context: &Context) -> bool {
    !context.lost && !context.varies && context.held.is_empty() && context.given_back.is_empty()
}

fn is_inside(tree: &Tree, node: NodeId, outer: NodeId) -> bool {
    std::iter::successors(Some(node), |at| tree.parent(*at)).any(|at| at == outer)
}

/// Whether a place depends on a condition that asks whether the code may sleep.
fn asked(tree: &Tree, node: NodeId) -> bool {
    let around = std::iter::successors(Some(node), |at| tree.parent(*at));
    around.filter_map(|at| tree.parent(at)).any(|parent| {
        let condition = match tree.kind(parent) {
            Kind::IfStatement | Kind::ConditionalExpression => tree.child(parent, Field::Condition),
            Kind::BinaryExpression if matches!(tree.operator(parent), b"&&" | b"||") => {
                tree.child(parent, Field::Left)
            }
            _ => None,
        };
        condition.is_some_and(|node| asks(&String::from_utf8_lossy(tree.text(node))))
    })
}

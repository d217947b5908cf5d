//! What is known of a function to whoever calls it.

use std::sync::Arc;

use crate::flow::Flows;
use crate::flow::accessors::AccessorKind;
use crate::flow::effects::{Effect, callee, has_object};
use crate::flow::solve::Flow;
use crate::flow::spelling::first_word;
use crate::flow::world::{ResourceId, Value, World};
use crate::kernel::context::{Verb, When};
use crate::syntax::{Field, Kind as Node, NodeId, Tree};

/// A function, for its callers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Summary {
    /// What it takes, releases and asserts, in terms of its parameters.
    pub effects: Vec<Effect>,
    /// It takes or releases something in a way that is not followed.
    pub unclear: bool,
    pub parameters: Vec<Option<Arc<str>>>,
    /// It returns an object that nobody else has seen.
    pub returns_fresh: bool,
    /// It returns a pointer that is good only in the caller's reader section.
    pub returns_loaded: bool,
}

/// The outcome of a function, as far as its callers test it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Zero,
    Nonzero,
    Either,
}

impl Flows<'_, '_> {
    /// Summarises a body. Of a macro the variables are those of its user.
    pub(super) fn summarize(
        &self,
        tree: &Tree,
        parameters: &[Option<Arc<str>>],
        body: NodeId,
        of_macro: bool,
    ) -> Summary {
        let flow = Flow::of_function(self, tree, parameters, body);
        let mut summary = Summary { parameters: parameters.to_vec(), ..Summary::default() };
        if flow.lost {
            summary.unclear = true;
            return summary;
        }
        let exits = outcomes(&flow, of_macro);
        summary.unclear = exits.iter().any(|(_, world)| world.unclear);
        let mut touched: Vec<ResourceId> =
            exits.iter().flat_map(|(_, world)| world.held().iter().map(|(id, _)| *id)).collect();
        touched.sort_unstable();
        touched.dedup();
        for id in touched {
            let resource = flow.resource(id);
            if !visible(&flow, resource.object.as_deref(), of_macro) {
                summary.unclear |= has_object(resource.kind);
                continue;
            }
            match change(&exits, id) {
                Some(changes) => {
                    for (when, count) in changes {
                        let verb = if count > 0 { Verb::Take } else { Verb::Release };
                        for _ in 0..count.unsigned_abs() {
                            let resource = resource.clone();
                            summary.effects.push(Effect { verb, resource, when });
                        }
                    }
                }
                None => summary.unclear = true,
            }
        }
        if let Some((_, first)) = exits.first() {
            for id in first.asserted() {
                let everywhere = exits.iter().all(|(_, world)| world.asserted().contains(id));
                let resource = flow.resource(*id);
                if everywhere && visible(&flow, resource.object.as_deref(), of_macro) {
                    summary.effects.push(Effect {
                        verb: Verb::Assert,
                        resource,
                        when: When::Always,
                    });
                }
            }
        }
        self.results(&flow, &mut summary);
        summary
    }

    /// What the function returns.
    fn results(&self, flow: &Flow<'_, '_, '_>, summary: &mut Summary) {
        let (mut fresh, mut loaded, mut other) = (false, false, false);
        for (returned, worlds) in flow.exits() {
            let value = returned.and_then(|node| flow.tree.first_child(node));
            let Some(value) = value else { continue };
            for world in &worlds {
                match flow.value(value, world) {
                    Some(Value::Zero | Value::Nonzero) => {}
                    Some(Value::Fresh(_)) => fresh = true,
                    Some(Value::Guarded(call) | Value::Loaded(call)) => {
                        let reader = callee(flow.tree, call)
                            .and_then(|name| self.accessor(name))
                            .is_some_and(|accessor| {
                                matches!(
                                    accessor.kind,
                                    AccessorKind::Reader(_) | AccessorKind::Either(_)
                                )
                            });
                        if reader { loaded = true } else { other = true }
                    }
                    _ => other = true,
                }
            }
        }
        summary.returns_fresh = fresh && !loaded && !other;
        summary.returns_loaded = loaded && !fresh && !other;
    }
}

/// The worlds at the ends of a function by what it returns there. Where that is what another call
/// returned, its effects are settled both ways.
fn outcomes(flow: &Flow<'_, '_, '_>, of_macro: bool) -> Vec<(Outcome, World)> {
    let tree = flow.tree;
    let mut found = Vec::new();
    for (returned, worlds) in flow.exits() {
        let value = returned.and_then(|node| tree.first_child(node));
        // The value of a macro is that of its last expression.
        let value = value.or_else(|| of_macro.then(|| last_expression(tree)).flatten());
        for world in worlds {
            let known = value.map(|value| (value, flow.value(value, &world)));
            match known {
                Some((_, Some(Value::Zero))) => found.push((Outcome::Zero, world)),
                Some((_, Some(Value::Result(call)))) => {
                    for (outcome, nonzero) in [(Outcome::Zero, false), (Outcome::Nonzero, true)] {
                        let mut world = world.clone();
                        flow.settle(call, nonzero, &mut world);
                        found.push((outcome, world));
                    }
                }
                Some((value, Some(_))) => {
                    let negated = tree.kind(tree.bare(value)) == Node::UnaryExpression
                        && tree.operator(tree.bare(value)) == b"!";
                    found.push((if negated { Outcome::Either } else { Outcome::Nonzero }, world));
                }
                _ => found.push((Outcome::Either, world)),
            }
        }
    }
    found
}

fn last_expression(tree: &Tree) -> Option<NodeId> {
    let body = tree.all().find(|node| tree.kind(*node) == Node::CompoundStatement)?;
    let last = tree.children(body).filter(|at| tree.first_child(*at).is_some()).last()?;
    let mut value = tree.first_child(last)?;
    // `({ ...; value; })`
    while tree.kind(value) == Node::ParenthesizedExpression {
        value = tree.first_child(value)?;
    }
    if tree.kind(value) == Node::CompoundStatement {
        let last = tree.children(value).last()?;
        value = tree.first_child(last)?;
    }
    matches!(tree.kind(value), Node::CallExpression | Node::Identifier).then_some(value)
}

/// By how much something is held more often after the function; `None` if that depends on more
/// than whether it returns zero.
fn change(exits: &[(Outcome, World)], id: ResourceId) -> Option<Vec<(When, i8)>> {
    let count = |outcome: Option<Outcome>| {
        let mut counts = exits
            .iter()
            .filter(|(o, _)| outcome.is_none_or(|outcome| *o == outcome))
            .map(|(_, world)| world.count(id));
        let first = counts.next()?;
        counts.all(|count| count == first).then_some(first)
    };
    if let Some(same) = count(None) {
        return Some(vec![(When::Always, same)]);
    }
    if exits.iter().any(|(outcome, _)| *outcome == Outcome::Either) {
        return None;
    }
    let (zero, nonzero) = (count(Some(Outcome::Zero))?, count(Some(Outcome::Nonzero))?);
    Some(vec![(When::Zero, zero), (When::Nonzero, nonzero)])
}

/// Whether a callee's expression means something to its callers.
fn visible(flow: &Flow<'_, '_, '_>, object: Option<&str>, of_macro: bool) -> bool {
    let Some(object) = object else { return true };
    let word = first_word(object);
    let locals = &flow.cfg.vars[flow.cfg.parameters..];
    of_macro || !locals.iter().any(|local| **local == *word)
}

/// The names of a function's parameters.
pub(crate) fn parameter_names(tree: &Tree, definition: NodeId) -> Vec<Option<Arc<str>>> {
    let mut at = tree.child(definition, Field::Declarator);
    while let Some(node) = at {
        if tree.kind(node) == Node::FunctionDeclarator {
            let Some(list) = tree.child(node, Field::Parameters) else { return Vec::new() };
            return tree
                .children(list)
                .filter(|one| tree.kind(*one) == Node::ParameterDeclaration)
                .map(|one| {
                    let declarator = tree.child(one, Field::Declarator)?;
                    let name = crate::flow::build::declared_name(tree, declarator)?;
                    Some(String::from_utf8_lossy(tree.text(name)).into())
                })
                .collect();
        }
        at = tree.child(node, Field::Declarator);
    }
    Vec::new()
}

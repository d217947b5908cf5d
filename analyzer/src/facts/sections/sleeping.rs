//! Calls that sleep, or wait for a grace period, where that is not allowed.

use crate::across::Definition;
use crate::facts::Declaration;
use crate::facts::sections::{Section, Sites, Sleeping, Waiting, section};
use crate::facts::walk::Walk;
use crate::flow::context::By;
use crate::flow::effects::callee;
use crate::flow::sleeps::{Sleep, asks, is_atomic};
use crate::flow::solve::Flow;
use crate::flow::spelling::canonical;
use crate::flow::world::{Resource, ResourceId, World};
use crate::items::function_name;
use crate::kernel::context::{Kind, Verb, Wait};
use crate::syntax::{Field, Kind as Node, NodeId};
use crate::text::Span;
use crate::text::lexer::lex;

impl Walk<'_, '_, '_> {
    /// Looks for calls that sleep while something is held that forbids it.
    pub(super) fn sleeping(&mut self) {
        let Some(flow) = self.flow() else { return };
        let tree = self.tree;
        let mut found = Vec::new();
        flow.visit(|node, worlds| {
            if tree.kind(node) != Node::CallExpression
                || worlds.iter().any(|world| world.unclear)
                || gives_back(flow, node)
            {
                return;
            }
            let taken = worlds.iter().all(|world| world.held().iter().any(|(_, n)| *n > 0));
            if !taken && self.function.is_none() {
                return;
            }
            let Some(sleep) = flow.flows.sleep_of(tree, node) else { return };
            if self.asked(node) {
                return;
            }
            let forbids = |resource: &Resource| forbids(&sleep, resource).is_some();
            match held(flow, worlds, forbids) {
                Some(id) => found.push((node, sleep, Some(id))),
                None if sleep.waits.is_some() => found.push((node, sleep, None)),
                None => {}
            }
        });
        for (node, sleep, id) in found {
            self.sleeps(node, &sleep, id);
        }
    }

    fn sleeps(&mut self, node: NodeId, sleep: &Sleep, id: Option<ResourceId>) {
        let Some(flow) = self.flow() else { return };
        let (section, taken) = match id {
            Some(id) => (section(&flow.resource(id)), Sites::of(flow, id).taken(self)),
            None => match self.called_in(node) {
                Some(section) => (section, Vec::new()),
                None => return,
            },
        };
        let resource =
            Resource { kind: section.kind, object: section.object.as_deref().map(Into::into) };
        let Some(waiting) = forbids(sleep, &resource) else { return };
        let span = self.tree.file_span(node);
        let at = self.tree.span(node).start;
        let taken = taken.into_iter().filter(|take| take.start < at + self.tree.base).collect();
        let name = callee(self.tree, node).unwrap_or_default().to_owned();
        let comes_to = (*name != *sleep.what).then(|| sleep.what.to_string());
        let sleeping = Sleeping {
            function: self.function.clone(),
            span,
            callee: name,
            comes_to,
            waiting,
            section,
            taken,
            elsewhere: sleep.elsewhere.iter().filter_map(|at| self.elsewhere(*at)).collect(),
            condition: self.condition_at(span),
        };
        self.section_facts.sleeping.push(sleeping);
    }

    /// Where the name of a function of another file stands that it defines.
    pub(super) fn elsewhere(&self, at: Definition) -> Option<Declaration> {
        let unit = self.flows.unit.others?.unit_of(at.input)?;
        let item = unit.file.items.items.get(at.item as usize)?;
        let text = unit.file.text(item);
        let token = function_name(text, &lex(text, 0, text.len()))?;
        let name = String::from_utf8_lossy(token.text(text)).into_owned();
        let span = Span { start: token.start, end: token.end }.shifted(item.span.start as usize);
        Some(self.declaration_at(&unit.file, span, name))
    }

    /// What the kernel holds whenever it calls the function that a place stands in.
    fn called_in(&self, node: NodeId) -> Option<Section> {
        let context = self.context(node);
        // Where the callers are known to wait, each of their calls is reported.
        let told = || self.function.as_deref().is_some_and(|name| self.flows.waits(name));
        let known = context.all_callers && !context.lost && (context.entry || !told());
        let held = context
            .held
            .into_iter()
            .find(|held| held.by == By::Callers && (is_atomic(held.kind) || held.kind.is_rcu()));
        let held = held.filter(|_| known)?;
        Some(Section { kind: held.kind, object: None })
    }

    /// Whether the code asks first whether it may sleep.
    fn asked(&self, node: NodeId) -> bool {
        let tree = self.tree;
        let around = std::iter::successors(Some(node), |at| tree.parent(*at));
        around.filter_map(|at| tree.parent(at).map(|parent| (at, parent))).any(|(at, parent)| {
            let condition = match tree.kind(parent) {
                Node::IfStatement | Node::ConditionalExpression
                    if tree.field(at) != Field::Condition =>
                {
                    tree.child(parent, Field::Condition)
                }
                Node::BinaryExpression
                    if matches!(tree.operator(parent), b"&&" | b"||")
                        && tree.field(at) == Field::Right =>
                {
                    tree.child(parent, Field::Left)
                }
                _ => None,
            };
            condition.is_some_and(|node| asks(&String::from_utf8_lossy(tree.text(node))))
        })
    }
}

/// Whether a call releases something itself.
fn gives_back(flow: &Flow<'_, '_, '_>, call: NodeId) -> bool {
    let effects = flow.effects_of(call);
    effects.unclear || effects.list.iter().any(|effect| effect.verb == Verb::Release)
}

/// Whether something that is held forbids a call, and how the two are connected.
fn forbids(sleep: &Sleep, held: &Resource) -> Option<Waiting> {
    let same = |domain: &str| {
        held.kind == Kind::Srcu
            && held.object.as_deref().is_some_and(|object| canonical(object) == canonical(domain))
    };
    let atomic = is_atomic(held.kind);
    let reader = held.kind.is_rcu();
    match (sleep.waits, &sleep.domain) {
        (Some(_), Some(domain)) if same(domain) => Some(Waiting::ForSection),
        (Some(Wait::Rcu), _) | (Some(Wait::Callbacks), None) if reader => Some(Waiting::ForSection),
        (Some(Wait::RcuTasksTrace), _) if held.kind == Kind::RcuTasksTrace => {
            Some(Waiting::ForSection)
        }
        (Some(_), _) => (atomic || reader).then_some(Waiting::ForOthers),
        (None, _) if sleep.seldom && reader => Some(Waiting::ForSection),
        (None, _) if sleep.seldom && atomic => Some(Waiting::ForOthers),
        (None, _) => reader.then_some(Waiting::No),
    }
}

/// What is held in all worlds, taken by the function, and wanted.
fn held(
    flow: &Flow<'_, '_, '_>,
    worlds: &[World],
    wanted: impl Fn(&Resource) -> bool,
) -> Option<ResourceId> {
    let mut found: Option<ResourceId> = None;
    for world in worlds {
        let (mut here, mut back) = (None, false);
        for (id, count) in world.held().iter().copied() {
            if wanted(&flow.resource(id)) {
                here = here.or(Some(id).filter(|_| count > 0));
                back |= count < 0;
            }
        }
        // Released under another name, or before it was taken.
        if back {
            return None;
        }
        found = found.or(here);
        here?;
    }
    found
}

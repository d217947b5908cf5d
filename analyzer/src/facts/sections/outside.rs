//! Loads for readers where no reader is.

use crate::facts::sections::{OutsideReader, Section, WhyBare};
use crate::facts::walk::Walk;
use crate::flow::accessors::AccessorKind;
use crate::flow::bare::{Bare, Without, nothing_held};
use crate::flow::effects::{arguments, callee};
use crate::kernel::context::Kind;
use crate::syntax::{Kind as Node, NodeId};
use crate::types::Base;

impl Walk<'_, '_, '_> {
    /// Whether a call loads for a reader though nothing at all is held there, and it is known who
    /// calls the function.
    pub(super) fn outside_reader(&mut self, call: NodeId) {
        if self.flow().is_none() {
            return;
        }
        let Some(name) = callee(self.tree, call) else { return };
        let Some(accessor) = self.flows.accessor(name) else { return };
        let AccessorKind::Reader(kind) = accessor.kind else { return };
        let arguments = arguments(self.tree, call);
        let pointer = accessor.pointer.and_then(|at| arguments.get(at).copied());
        let context = self.context(call);
        if !context.held.is_empty()
            || pointer.is_some_and(|at| self.is_own(at))
            || self.is_given_to_a_section(call)
        {
            return;
        }
        let why = if context.is_bare() {
            Some(WhyBare::Callers)
        } else {
            self.why_bare(call, kind, Without::Reader)
        };
        let Some(why) = why else { return };
        let domain = (kind == Kind::Srcu).then(|| arguments.get(1)).flatten();
        let text = |node: NodeId| String::from_utf8_lossy(self.tree.text(node)).into_owned();
        let span = self.tree.file_span(call);
        let outside = OutsideReader {
            function: self.function.clone(),
            span,
            expression: text(pointer.unwrap_or(call)),
            accessor: name.to_owned(),
            why,
            wants: Section { kind, object: domain.map(|node| text(*node)) },
            condition: self.condition_at(span),
        };
        self.section_facts.outside.push(outside);
    }

    /// Whether an expression is part of what is given to a macro that takes a section.
    fn is_given_to_a_section(&self, node: NodeId) -> bool {
        let tree = self.tree;
        let mut around = std::iter::successors(tree.parent(node), |at| tree.parent(*at));
        around.any(|at| {
            tree.kind(at) == Node::CallExpression
                && callee(tree, at).is_some_and(|name| self.flows.is_macro_with_section(name))
        })
    }

    /// Why nothing can be around a place on some way there, if not all callers are known.
    pub(in crate::facts) fn why_bare(
        &self,
        at: NodeId,
        kind: Kind,
        without: Without,
    ) -> Option<WhyBare> {
        // In a section of SRCU readers may sleep.
        let readers = kind.is_rcu();
        let (flow, name) = (self.flow()?, self.function.as_deref()?);
        let (_, body) = self.whole.as_ref().filter(|_| readers)?;
        if !nothing_held(&self.context_here(at)) {
            return None;
        }
        Some(match self.flows.bare_at(flow, name, *body, at, without)? {
            Bare::Entry => WhyBare::Callers,
            Bare::Called(caller) => WhyBare::Called(caller.into()),
            Bare::Elsewhere(at) => WhyBare::Elsewhere(self.elsewhere(at)?),
            Bare::Sleeps(call, what) => WhyBare::Sleeps(self.place(call), what.into()),
        })
    }

    /// Whether an lvalue lies in an object that nobody else can see.
    fn is_own(&self, lvalue: NodeId) -> bool {
        if self.is_fresh(lvalue) == Some(true) {
            return true;
        }
        let typed = self.uses.typer(&self.scopes).typed(self.tree, lvalue);
        typed.is_ok_and(|typed| {
            matches!(typed.base, Base::Local | Base::LocalObject | Base::Fresh | Base::Value)
        })
    }
}

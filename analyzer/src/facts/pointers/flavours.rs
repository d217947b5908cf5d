//! Loads for readers of another kind than the section they are in.

use std::rc::Rc;

use super::CallSite;
use crate::facts::By;
use crate::facts::walk::Walk;
use crate::flow::accessors::{Accessor, AccessorKind};
use crate::flow::effects::arguments;
use crate::flow::spelling::spelling;
use crate::flow::world::World;
use crate::kernel::context::{Kind as Held, Verb};
use crate::kernel::version::Version;
use crate::syntax::{Kind, NodeId};
use crate::text::Span;

/// A load for readers of another kind than the section that the function opened.
#[derive(Clone, Debug)]
pub struct Mismatched {
    /// The call.
    pub call: CallSite,
    /// The section it asks for.
    pub wanted: Held,
    /// The SRCU domain it asks for.
    pub domain: Option<String>,
    /// The section it is in.
    pub held: Held,
    /// The domain of that.
    pub held_domain: Option<String>,
    /// Where the section was opened.
    pub opened: Option<Span>,
    /// Updaters wait for either kind of section: only lockdep minds.
    pub consolidated: bool,
}

impl Walk<'_, '_, '_> {
    pub(super) fn mismatched_loads(&mut self, calls: &[(NodeId, Rc<Accessor>)]) {
        let mut found = Vec::new();
        for (call, accessor) in calls {
            let AccessorKind::Reader(wanted) = accessor.kind else { continue };
            let Some(flow) = self.flow().filter(|flow| !flow.lost) else { continue };
            let Some(worlds) = flow.at(*call) else { continue };
            if worlds.iter().any(|world| world.unclear) {
                continue;
            }
            let domain = (wanted == Held::Srcu).then(|| {
                let given = arguments(self.tree, *call);
                given.get(1).map_or_else(String::new, |domain| spelling(self.tree, *domain))
            });
            let Some((held, held_domain)) = self.another(wanted, domain.as_deref(), &worlds) else {
                continue;
            };
            let above = self.context(*call);
            let callers = above.held.iter().filter(|held| held.by == By::Callers);
            if callers.map(|held| held.kind).any(|kind| satisfies(wanted, kind)) {
                continue;
            }
            let both = Held::is_rcu;
            found.push(Mismatched {
                call: self.call_of(*call, accessor),
                wanted,
                domain,
                held,
                held_domain,
                opened: self.opened(*call, held),
                consolidated: both(wanted) && both(held) && self.flows.version >= Version(5, 0),
            });
        }
        self.pointer_facts.mismatched.append(&mut found);
    }

    /// The section of another kind that the function has opened on every way, where none that
    /// serves is held on any.
    fn another(
        &self,
        wanted: Held,
        domain: Option<&str>,
        worlds: &[World],
    ) -> Option<(Held, Option<String>)> {
        let flow = self.flow()?;
        let (first, _) = worlds.split_first()?;
        for world in worlds {
            let held = world.held().iter().filter(|(_, n)| *n > 0).map(|(id, _)| *id);
            let said = world.asserted().iter().copied();
            let said = said.filter(|id| self.says_itself(&flow.resource(*id)));
            for id in held.chain(said) {
                let resource = flow.resource(id);
                let serves = match (resource.kind, &resource.object, domain) {
                    (Held::Srcu, Some(held), Some(domain)) => !are_different(held, domain),
                    (kind, ..) => satisfies(wanted, kind),
                };
                if serves {
                    return None;
                }
            }
        }
        let opened = first.held().iter().map(|(id, _)| *id).find(|id| {
            let kind = flow.resource(*id).kind;
            // A domain of its own says nothing about sections without one.
            let comparable = kind.is_reader()
                && kind != Held::RcuTasksTrace
                && (wanted != Held::Srcu || kind == Held::Srcu);
            comparable && worlds.iter().all(|world| world.count(*id) > 0)
        })?;
        let resource = flow.resource(opened);
        Some((resource.kind, resource.object.map(|object| object.into_string())))
    }

    /// Where the section around a place was opened, as far as the text tells.
    fn opened(&self, node: NodeId, kind: Held) -> Option<Span> {
        let (tree, flow) = (self.tree, self.flow()?);
        let end = tree.span(node).start;
        let opens = |call: &NodeId| {
            flow.effects_of(*call)
                .list
                .iter()
                .any(|effect| effect.verb == Verb::Take && effect.resource.kind == kind)
        };
        let calls = tree
            .all()
            .filter(|at| tree.kind(*at) == Kind::CallExpression && tree.span(*at).end <= end)
            .filter(opens);
        let guards = flow.cfg.guards.iter().filter(|guard| {
            tree.span(guard.node).start < end
                && self
                    .flows
                    .guard(&guard.class, guard.argument.as_deref())
                    .iter()
                    .any(|resource| resource.kind == kind)
        });
        let last =
            calls.chain(guards.map(|guard| guard.node)).max_by_key(|n| tree.span(*n).start)?;
        let span = tree.span(last);
        let line = tree.text[span.range()].iter().position(|b| *b == b'\n');
        let end = line.map_or(span.end, |at| span.start + at as u32);
        Some(Span { end, ..span }.shifted(tree.base as usize))
    }
}

/// Whether a load for readers of one kind is content with what is held. Sources: what
/// `rcu_read_lock_bh_held()` and `rcu_read_lock_sched_held()` in kernel/rcu/update.c look at.
fn satisfies(wanted: Held, held: Held) -> bool {
    match wanted {
        Held::Rcu => held == Held::Rcu,
        Held::RcuBh => matches!(held, Held::RcuBh | Held::Bh | Held::Irq),
        Held::RcuSched => {
            matches!(held, Held::RcuSched | Held::RcuBh | Held::Bh | Held::Irq | Held::Preempt)
        }
        other => held == other,
    }
}

/// Whether two SRCU domains are different ones for sure: variables of their own, or members of
/// different names.
pub(in crate::facts) fn are_different(one: &str, other: &str) -> bool {
    let name = |text: &str| {
        let text = text.strip_prefix('&')?;
        let last = text.rsplit(['.', '>']).next()?;
        last.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_').then(|| last.to_owned())
    };
    match (name(one), name(other)) {
        (Some(one), Some(other)) => one != other,
        _ => false,
    }
}

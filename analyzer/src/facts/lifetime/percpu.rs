//! Objects that live by a `struct percpu_ref`: what their release callback comes to, and whether a
//! grace period stands between the last reference and the end.
//!
//! A percpu_ref waits for readers when it switches its mode, but not always, and not for those that
//! its users mean. Sources: include/linux/percpu-refcount.h, lib/percpu-refcount.c.

use rustc_hash::FxHashMap;

use super::release::{Member, follow};
use crate::facts::walk::Walk;
use crate::flow::Flows;
use crate::flow::accessors::AccessorKind;
use crate::flow::effects::callee;
use crate::flow::spelling::spelling;
use crate::kernel::context::context;
use crate::syntax::NodeId;
use crate::text::Span;

/// A call of `percpu_ref_init()`, and what is known of the object.
#[derive(Clone, Debug)]
pub struct PercpuRef {
    /// The function that calls it.
    pub function: Option<String>,
    /// The call.
    pub span: Span,
    /// The type of the object, where it is known: `struct kioctx`.
    pub object: Option<String>,
    /// The counter, as written: `&ctx->reqs`.
    pub counter: String,
    /// The release callback, as written.
    pub release: String,
    /// The release callback is in this file.
    pub seen: bool,
    /// What the callback comes to, in order: functions that it calls or queues, by name.
    pub path: Vec<String>,
    /// Where it, or what it comes to, waits for a grace period or puts the rest behind one.
    pub grace: Option<Step>,
    /// Where it frees the object at once, or something of which the type is not known.
    pub frees: Option<Step>,
    /// Where it frees something of another type.
    pub parts: Option<Step>,
    /// Where it only tells somebody who waits.
    pub tells: Option<Step>,
    /// Where somebody waits for that.
    pub waiter: Option<Step>,
    /// Where readers find such objects: a load for readers from an `__rcu` pointer.
    pub read: Option<Step>,
    /// Where such objects are hidden from them.
    pub hidden: Option<Step>,
}

/// Something that happens in this file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The function.
    pub function: String,
    /// The call.
    pub span: Span,
    /// What is called.
    pub callee: String,
}

/// What the walk of a function notes for this.
#[derive(Clone, Debug)]
pub(in crate::facts) enum NotedRef {
    /// A counter is set up.
    Init(Box<PercpuRef>),
    /// An `__rcu` pointer to such an object is loaded for readers.
    Read(Shown, Step),
    /// Or set to NULL.
    Hidden(Shown, Step),
    /// Something is freed there; its type.
    Freed(Span, Option<String>),
}

/// A pointer by which readers find objects.
#[derive(Clone, Debug)]
pub(in crate::facts) struct Shown {
    /// What it points to.
    object: String,
    /// Its declaration: `struct table.ctx`.
    pointer: Option<String>,
    /// The function allocates something: NULL may be how a table begins.
    allocates: bool,
}

impl PercpuRef {
    fn member(&self) -> Member {
        let name = self.counter.rsplit(['.', '>', '&']).next().unwrap_or_default().to_owned();
        let tag = self.object.as_ref().and_then(|object| object.strip_prefix("struct "));
        Member { tag: tag.map(str::to_owned), name }
    }
}

impl Walk<'_, '_, '_> {
    /// Notes a call that matters to objects with a percpu_ref.
    pub(super) fn percpu_ref(&mut self, call: NodeId, given: &[NodeId]) {
        let tree = self.tree;
        let Some(name) = callee(tree, call) else { return };
        let text = |node: NodeId| String::from_utf8_lossy(tree.text(node)).into_owned();
        if let ("percpu_ref_init", [counter, release, ..]) = (name, given) {
            let init = PercpuRef {
                function: self.function.clone(),
                span: tree.file_span(call),
                object: self.object_of(*counter).0,
                counter: text(*counter),
                release: spelling(tree, *release).trim_start_matches('&').to_owned(),
                seen: false,
                path: Vec::new(),
                grace: None,
                frees: None,
                parts: None,
                tells: None,
                waiter: None,
                read: None,
                hidden: None,
            };
            self.refs.push(NotedRef::Init(Box::new(init)));
            return;
        }
        if let Some(at) = context().frees(name.as_bytes(), self.flows.version) {
            let freed = given.get(at).and_then(|at| self.pointed_to(*at));
            let freed = freed.map(|tag| format!("struct {tag}"));
            self.refs.push(NotedRef::Freed(tree.file_span(call), freed));
            return;
        }
        let Some(accessor) = self.flows.accessor(name) else { return };
        let Some(lvalue) = accessor.pointer.and_then(|at| given.get(at).copied()) else { return };
        let Some(object) = self.object_of(lvalue).0 else { return };
        let typed = self.uses.typer(&self.scopes).typed(tree, lvalue).ok();
        let pointer = typed.and_then(|typed| typed.site).map(|site| site.name.clone());
        let allocates = self.flows.has_allocation(tree);
        let shown = Shown { object, pointer, allocates };
        let step = Step {
            function: self.function.clone().unwrap_or_default(),
            span: tree.file_span(call),
            callee: name.to_owned(),
        };
        match accessor.kind {
            AccessorKind::Reader(_) | AccessorKind::Either(_) => {
                self.refs.push(NotedRef::Read(shown, step));
            }
            AccessorKind::Assign | AccessorKind::Init | AccessorKind::Replace => {
                let null = |at: usize| given.get(at).is_some_and(|at| tree.text(*at) == b"NULL");
                if accessor.value.is_some_and(null) {
                    self.refs.push(NotedRef::Hidden(shown, step));
                }
            }
            _ => {}
        }
    }
}

/// Tells the story of each counter of a file.
pub(in crate::facts) fn stories(flows: &Flows<'_, '_>, noted: Vec<NotedRef>) -> Vec<PercpuRef> {
    let mut found = Vec::new();
    let (mut read, mut hidden, mut freed) = (Vec::new(), Vec::new(), FxHashMap::default());
    for one in noted {
        match one {
            NotedRef::Init(init) => found.push(*init),
            NotedRef::Read(shown, step) => read.push((shown, step)),
            NotedRef::Hidden(shown, step) => hidden.push((shown, step)),
            NotedRef::Freed(span, object) => {
                freed.insert(span, object);
            }
        }
    }
    found.sort_by_key(|one| one.span);
    found.dedup_by_key(|one| one.span);
    // By killing one counter a callback comes to the release of that.
    let releases: Vec<(Member, String)> =
        found.iter().map(|one| (one.member(), one.release.clone())).collect();
    for one in &mut found {
        (one.read, one.hidden) = seen(one.object.as_deref(), &read, &hidden);
        follow(flows, one, &releases, &freed);
    }
    found
}

/// Where readers find such an object, and where it is hidden from them: by the same pointer, if there is
/// one that both is done with.
fn seen(
    object: Option<&str>,
    read: &[(Shown, Step)],
    hidden: &[(Shown, Step)],
) -> (Option<Step>, Option<Step>) {
    let reads = || read.iter().filter(|(shown, _)| Some(&*shown.object) == object);
    // Those of functions that allocate nothing first.
    let hides = || {
        let same = |allocates: bool| {
            hidden.iter().filter(move |(shown, _)| {
                Some(&*shown.object) == object && shown.allocates == allocates
            })
        };
        same(false).chain(same(true))
    };
    let pairs = reads().filter_map(|(by, reads)| {
        let same =
            |(from, _): &&(Shown, Step)| from.pointer.is_some() && from.pointer == by.pointer;
        Some((reads.clone(), hides().find(same)?.1.clone()))
    });
    match pairs.into_iter().next() {
        Some((reads, hides)) => (Some(reads), Some(hides)),
        None => (
            reads().next().map(|(_, step)| step.clone()),
            hides().next().map(|(_, step)| step.clone()),
        ),
    }
}

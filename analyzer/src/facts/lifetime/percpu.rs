//! Objects that live by a `struct percpu_ref`: what their release callback comes to, and whether a
//! grace period stands between the last reference and the end.
//!
//! A percpu_ref waits for readers when it switches its mode, but not always, and not for those that
//! its users mean. Sources: include/linux/percpu-refcount.h, lib/percpu-refcount.c.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::facts::file::function_name;
use crate::facts::walk::Walk;
use crate::flow::accessors::AccessorKind;
use crate::flow::effects::{arguments, callee};
use crate::flow::spelling::spelling;
use crate::flow::{Flows, definition};
use crate::kernel::context::context;
use crate::syntax::{Kind, NodeId, Tree};
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

/// Functions further down the path are not followed.
const MOST_STEPS: usize = 24;

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

/// The trees of a function of the file.
fn each_tree(flows: &Flows<'_, '_>, name: &str, mut look: impl FnMut(&Tree, NodeId)) -> bool {
    let mut seen = false;
    for function in flows.unit.functions(name).iter().filter(|one| one.home.is_none()) {
        for tree in flows.unit.trees(None, function.item).iter() {
            if let Some((_, body)) = definition(tree) {
                seen = true;
                look(tree, body);
            }
        }
    }
    seen
}

fn calls(tree: &Tree) -> impl Iterator<Item = (NodeId, &str)> {
    let calls = tree.all().filter(|node| tree.kind(*node) == Kind::CallExpression);
    calls.filter_map(|call| Some((call, callee(tree, call)?)))
}

/// A member, and the structure that holds it where the function declares the variable before it.
#[derive(Clone, Debug)]
struct Member {
    tag: Option<String>,
    name: String,
}

impl Member {
    /// `work` of `struct ctx` in `&ctx->work`, where `ctx` is declared so.
    fn of(tree: &Tree, argument: NodeId) -> Member {
        let text = spelling(tree, argument);
        let name = text.rsplit(['.', '>', '&']).next().unwrap_or_default().to_owned();
        let path = text.trim_start_matches(['&', '(']);
        let word = |c: char| !(c == '_' || c.is_ascii_alphanumeric());
        let tag = if let Some(rest) = path.strip_prefix("container_of(") {
            let tag = rest.split(',').nth(1).unwrap_or_default();
            Some(tag.trim_start_matches("struct ").to_owned())
        } else {
            // Of `a->b->c` what `b` is a member of is not known.
            let variable = path.split(word).next().unwrap_or_default();
            let direct = path.matches("->").count() <= 1;
            declared_tag(tree, variable).filter(|_| direct)
        };
        Member { tag, name }
    }

    /// Whether both may be the same.
    fn fits(&self, other: &Member) -> bool {
        self.name == other.name
            && (self.tag.is_none() || other.tag.is_none() || self.tag == other.tag)
    }
}

/// The tag of a variable that a function declares as `struct tag *variable`.
fn declared_tag(tree: &Tree, variable: &str) -> Option<String> {
    let declares =
        |node: &NodeId| matches!(tree.kind(*node), Kind::Declaration | Kind::ParameterDeclaration);
    tree.all().filter(declares).find_map(|node| {
        let text = spelling(tree, node);
        let (tag, rest) = text
            .strip_prefix("const ")
            .unwrap_or(&text)
            .strip_prefix("struct ")?
            .split_once('*')?;
        // What follows `=` are other variables.
        let declared = rest.split('=').next().unwrap_or_default();
        let mut names = declared.split(|c: char| !(c == '_' || c.is_ascii_alphanumeric()));
        names.any(|name| name == variable).then(|| tag.trim().to_owned())
    })
}

/// Follows the release callback to where it ends.
fn follow(
    flows: &Flows<'_, '_>,
    one: &mut PercpuRef,
    releases: &[(Member, String)],
    freed: &FxHashMap<Span, Option<String>>,
) {
    let mut waiting = std::collections::VecDeque::from([one.release.clone()]);
    let mut done: FxHashSet<String> = FxHashSet::default();
    let (mut told, mut sure) = (None, false);
    while let Some(name) = waiting.pop_front() {
        if done.len() >= MOST_STEPS || !done.insert(name.clone()) {
            continue;
        }
        let mut next = Vec::new();
        let seen = each_tree(flows, &name, |tree, _| {
            for (call, called) in calls(tree) {
                let step = || {
                    let span = tree.file_span(call);
                    Step { function: name.clone(), span, callee: called.to_owned() }
                };
                let given = arguments(tree, call);
                let bytes = called.as_bytes();
                if let Some(row) = context().deferral(bytes, flows.version) {
                    let callback = row.callback.and_then(|at| given.get(at));
                    next.extend(callback.map(|at| spelling(tree, *at)));
                    let work = row.head.filter(|_| row.callback.is_none());
                    let work = work.and_then(|at| given.get(at));
                    next.extend(
                        work.into_iter().flat_map(|at| works(flows, &Member::of(tree, *at))),
                    );
                }
                if flows.waits_for_readers(tree, call)
                    || context().deferral(bytes, flows.version).is_some()
                {
                    one.grace.get_or_insert_with(step);
                } else if context().frees(bytes, flows.version).is_some() {
                    let object = freed.get(&tree.file_span(call)).cloned().flatten();
                    match object {
                        Some(object) if Some(&object) == one.object.as_ref() => {
                            if !std::mem::replace(&mut sure, true) {
                                one.frees = Some(step());
                            }
                        }
                        Some(_) if one.object.is_some() => {
                            one.parts.get_or_insert_with(step);
                        }
                        _ => {
                            one.frees.get_or_insert_with(step);
                        }
                    }
                } else if matches!(called, "complete" | "complete_all") {
                    one.tells.get_or_insert_with(step);
                    told = told.take().or_else(|| Some(Member::of(tree, *given.first()?)));
                } else if called.starts_with("wake_up") {
                    one.tells.get_or_insert_with(step);
                }
                if let Some(at) = context().queues(bytes, flows.version) {
                    if let Some(work) = given.get(at) {
                        next.extend(works(flows, &Member::of(tree, *work)));
                    }
                } else if matches!(called, "percpu_ref_kill" | "percpu_ref_kill_and_confirm") {
                    let counter = given.first().map(|at| Member::of(tree, *at));
                    let killed = releases.iter().filter(|(other, release)| {
                        counter.as_ref().is_some_and(|counter| counter.fits(other))
                            && *release != one.release
                    });
                    next.extend(killed.map(|(_, release)| release.clone()));
                } else if flows.unit.is_own(called) {
                    next.push(called.to_owned());
                }
            }
        });
        if seen {
            one.seen |= name == one.release;
            one.path.push(name);
            waiting.extend(next);
        }
    }
    if let Some(member) = told {
        after_completion(flows, one, &member);
    }
}

/// The functions that the file gives to works of this name. Source: include/linux/workqueue.h.
fn works(flows: &Flows<'_, '_>, name: &Member) -> Vec<String> {
    let mut found = Vec::new();
    each_function(flows, b"INIT_", |_, tree| {
        for (call, called) in calls(tree) {
            let given = arguments(tree, call);
            if let ("INIT_WORK" | "INIT_RCU_WORK" | "INIT_DELAYED_WORK", [work, function]) =
                (called, given.as_slice())
            {
                if Member::of(tree, *work).fits(name) {
                    found.push(spelling(tree, *function).trim_start_matches('&').to_owned());
                }
            }
        }
    });
    found
}

/// Whoever waits for a completion ends the object: where, and whether a grace period comes before
/// that.
fn after_completion(flows: &Flows<'_, '_>, one: &mut PercpuRef, name: &Member) {
    let mut waiters: Vec<String> = Vec::new();
    each_function(flows, b"wait_for_completion", |function, tree| {
        for (call, called) in calls(tree) {
            let given = arguments(tree, call);
            let waits = called.starts_with("wait_for_completion")
                && given.first().is_some_and(|at| Member::of(tree, *at).fits(name));
            if waits {
                waiters.push(function.to_owned());
                one.waiter.get_or_insert_with(|| Step {
                    function: function.to_owned(),
                    span: tree.file_span(call),
                    callee: called.to_owned(),
                });
            }
        }
    });
    // The waiters, and those that call them.
    let mut all = waiters.clone();
    for waiter in &waiters {
        flows.each_caller(waiter, |caller, _| all.push(caller.to_owned()));
    }
    for function in all {
        each_tree(flows, &function, |tree, _| {
            for (call, called) in calls(tree) {
                let waits = flows.waits_for_readers(tree, call)
                    || context().deferral(called.as_bytes(), flows.version).is_some();
                if waits && !waiters.iter().any(|waiter| waiter == called) {
                    one.grace.get_or_insert_with(|| Step {
                        function: function.clone(),
                        span: tree.file_span(call),
                        callee: called.to_owned(),
                    });
                }
            }
        });
    }
}

/// Looks at every function of the file whose text names something.
fn each_function(flows: &Flows<'_, '_>, word: &[u8], mut look: impl FnMut(&str, &Tree)) {
    let file = &flows.unit.file;
    for (at, item) in file.items.items.iter().enumerate() {
        if memchr::memmem::find(file.text(item), word).is_none() {
            continue;
        }
        let Some(name) = function_name(file, item) else { continue };
        for tree in flows.unit.trees(None, at as u32).iter() {
            look(&name, tree);
        }
    }
}

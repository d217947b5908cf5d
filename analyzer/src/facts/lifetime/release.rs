//! What the release callback of a percpu_ref comes to, by what it calls, queues and puts behind a grace
//! period, in its file.

use rustc_hash::{FxHashMap, FxHashSet};

use super::percpu::{PercpuRef, Step};
use crate::facts::file::function_name;
use crate::flow::effects::{arguments, callee};
use crate::flow::spelling::spelling;
use crate::flow::{Flows, definition};
use crate::kernel::context::context;
use crate::syntax::{Kind, NodeId, Tree};
use crate::text::Span;

/// Functions further down the path are not followed.
const MOST_STEPS: usize = 24;

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
pub(super) struct Member {
    pub tag: Option<String>,
    pub name: String,
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
pub(super) fn follow(
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

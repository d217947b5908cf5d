//! What the bodies of functions and macros come to by what they call, before any is parsed.

use std::cell::RefCell;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::flow::accessors::AccessorKind;
use crate::flow::{Flows, effects, makes_guard};
use crate::kernel::api;
use crate::kernel::context::{Verb, context};
use crate::kernel::version::Version;
use crate::syntax::{Kind, Tree};

/// Of names, whether they come to something.
type Memo = RefCell<FxHashMap<Box<str>, bool>>;

/// What is known so far.
#[derive(Default)]
pub(super) struct Reach {
    interesting: Memo,
    keeps: Memo,
    allocates: Memo,
    /// They free or hide something.
    pub ends: Memo,
    /// They put something behind a grace period.
    pub defers: Memo,
    /// They wait for a grace period.
    pub waits: Memo,
    /// They take a reader section.
    sections: Memo,
    /// They want a reader section of whoever calls.
    wants: Memo,
    /// They take one, or say that one is held.
    pub readers: Memo,
    /// By what the file sees.
    pub sleeps: Memo,
    /// By what other files say as well.
    pub sleeps_far: Memo,
}

impl Flows<'_, '_> {
    /// Whether the body of what a name stands for mentions, itself or through what it calls,
    /// something that the tables know.
    pub fn interesting(&self, name: &str) -> bool {
        self.reaches(&self.reach.interesting, name, &|called| {
            context().knows(called.as_bytes())
                || api().accessors.contains_key(called.as_bytes())
                || api().allocators.contains(called.as_bytes())
                || makes_guard(called.as_bytes())
        })
    }

    /// Whether the body of a function or macro takes a reference on something, itself or through
    /// what it calls.
    pub fn keeps(&self, name: &str) -> bool {
        self.reaches(&self.reach.keeps, name, &|called| {
            context().handoff(called.as_bytes(), self.version).is_some()
        })
    }

    /// Whether a name is that of a macro that takes a reader section, itself or through what it calls:
    /// its arguments may be evaluated there.
    pub fn is_macro_with_section(&self, name: &str) -> bool {
        let takes = |called: &str| {
            let mut effects = context().effects(called.as_bytes(), self.version);
            effects
                .any(|one| one.verb == Verb::Take && one.kinds.iter().any(|kind| kind.is_reader()))
        };
        self.unit.macros(name).iter().any(|found| found.what.parameters.is_some())
            && self.reaches(&self.reach.sections, name, &takes)
    }

    /// Whether a call of this name may want a reader section around it, itself or through what it calls.
    /// What has no body here does if not all of the kernel is looked at.
    pub fn may_want_reader(&self, name: &str) -> bool {
        let wants = |called: &str| {
            wants_reader(called.as_bytes(), self.version)
                || self.unit.others.is_some_and(|all| all.across().wants_reader(called))
        };
        let whole = || self.unit.others.is_some_and(|all| all.across().is_whole());
        let known = || {
            !self.unit.functions(name).is_empty() || !self.unit.macros(name).is_empty() || whole()
        };
        wants(name) || !known() || self.reaches(&self.reach.wants, name, &wants)
    }

    /// Whether a function calls anything that may return an object that it allocated.
    pub fn has_allocation(&self, tree: &Tree) -> bool {
        let allocates = |name: &str| api().allocators.contains(name.as_bytes());
        tree.all().any(|node| {
            tree.kind(node) == Kind::CallExpression
                && effects::callee(tree, node).is_some_and(|name| {
                    allocates(name) || self.reaches(&self.reach.allocates, name, &allocates)
                })
        })
    }

    /// Whether the body of a function or macro calls, itself or through what it calls, something
    /// of which `is` holds.
    pub(super) fn reaches(&self, memo: &Memo, name: &str, is: &dyn Fn(&str) -> bool) -> bool {
        self.comes_to(memo, name, &|called| is(called).then_some(true))
    }

    /// The same, where `is` also tells of what the answer is no, whatever its body calls.
    pub(super) fn comes_to(
        &self,
        memo: &Memo,
        name: &str,
        is: &dyn Fn(&str) -> Option<bool>,
    ) -> bool {
        if let Some(known) = memo.borrow().get(name) {
            return *known;
        }
        let mut seen = FxHashSet::default();
        // The names on the way down, each with those that it calls and that are still to be asked.
        // Chains of functions are longer than the stack is deep.
        let mut way: Vec<(Box<str>, Vec<Box<str>>)> = Vec::new();
        let mut next: Option<Box<str>> = Some(name.into());
        loop {
            if let Some(name) = next.take() {
                let known = memo.borrow().get(&name).copied();
                let found = known.unwrap_or_else(|| {
                    if !seen.insert(name.clone()) {
                        return false;
                    }
                    let (found, rest) = self.called(&name, is);
                    way.push((name, rest));
                    found
                });
                if found {
                    memo.borrow_mut().extend(way.into_iter().map(|(name, _)| (name, true)));
                    return true;
                }
            }
            match way.last_mut() {
                Some((_, rest)) => match rest.pop() {
                    Some(name) => next = Some(name),
                    None => drop(way.pop()),
                },
                None => break,
            }
        }
        // All of it was looked at.
        memo.borrow_mut().extend(seen.into_iter().map(|name| (name, false)));
        false
    }

    /// Whether a body calls something of which `is` holds, and what else is to be asked of it, the
    /// first last.
    fn called(&self, name: &str, is: &dyn Fn(&str) -> Option<bool>) -> (bool, Vec<Box<str>>) {
        let macros = self.unit.macros(name);
        let functions = self.unit.functions(name);
        let bodies: Vec<&[Box<str>]> = macros
            .iter()
            .filter(|def| def.what.parameters.is_some())
            .map(|def| def.what.called())
            .chain(functions.iter().map(|function| function.file.called(function.item)))
            .collect();
        let called = || bodies.iter().copied().flatten();
        if called().any(|called| is(called) == Some(true)) {
            return (true, Vec::new());
        }
        let mut rest: Vec<Box<str>> =
            called().filter(|called| is(called).is_none()).cloned().collect();
        rest.reverse();
        (false, rest)
    }
}

/// Whether a call of this name wants a reader section around it.
pub(crate) fn wants_reader(name: &[u8], version: Version) -> bool {
    let kind = std::str::from_utf8(name).ok().and_then(AccessorKind::of);
    kind.is_some_and(AccessorKind::wants_reader) || context().wants_reader(name, version)
}

/// Whether a call of this name takes a reader section.
pub(crate) fn takes_reader(name: &[u8], version: Version) -> bool {
    let mut effects = context().effects(name, version);
    effects.any(|one| one.verb == Verb::Take && one.kinds.iter().any(|kind| kind.is_rcu()))
        || makes_guard(name)
}

//! Which objects a function ends: those of its parameters that it frees, at once or behind a grace
//! period, and those that it takes out of what readers walk.

use std::rc::Rc;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::evidence::heads::NO_USE;
use crate::flow::build::declared_name;
use crate::flow::effects::{arguments, callee};
use crate::flow::sleeps::certain;
use crate::flow::spelling::pointer_into;
use crate::flow::summary::parameter_names;
use crate::flow::{Flows, definition};
use crate::kernel::context::context;
use crate::syntax::{Field, Kind, NodeId, Tree};
use crate::types::Type;

/// What becomes of an argument of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct End {
    /// Which argument.
    pub argument: usize,
    pub how: Ending,
}

/// How an object ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// This frees it at once, on some way at least.
    Freed(Box<str>),
    /// It is handed to a function that is made to be called behind a grace period.
    CalledBack(Box<str>),
    /// It is freed, or handed on for that, behind a grace period.
    Deferred,
    /// This takes it out of what readers walk, or if it is `false`, out of what they may walk.
    Hidden(Box<str>, bool),
}

/// What a function does to its parameters, by their number.
pub(crate) type Ends = Rc<[(usize, Ending)]>;

impl Flows<'_, '_> {
    /// What a call ends.
    pub fn ends(&self, tree: &Tree, call: NodeId) -> Vec<End> {
        let Some(name) = callee(tree, call) else { return Vec::new() };
        if let Some(argument) = context().frees(name.as_bytes(), self.version) {
            return vec![End { argument, how: Ending::Freed(name.into()) }];
        }
        if let Some(row) = context().deferral(name.as_bytes(), self.version) {
            let object = row.object.or(row.head);
            let deferred = |argument| End { argument, how: Ending::Deferred };
            return object.map(deferred).into_iter().collect();
        }
        if let Some(change) = context().change(name.as_bytes(), self.version) {
            let hidden = if change.adds { change.replaces } else { Some(change.node) };
            // Whoever takes this form where there is a plain one reckons with readers.
            let said = change.twin.is_some() || change.replaces.is_some() && change.head.is_none();
            let hides = |argument| End { argument, how: Ending::Hidden(name.into(), said) };
            return hidden.filter(|_| change.rcu).map(hides).into_iter().collect();
        }
        let through =
            |(argument, how): &(usize, Ending)| End { argument: *argument, how: how.clone() };
        self.ends_of(name).iter().map(through).collect()
    }

    /// What a function ends.
    pub fn ends_of(&self, name: &str) -> Ends {
        if let Some(known) = self.ends.borrow().get(name) {
            return known.clone();
        }
        let found = self.learn_ends(name);
        self.ends.borrow_mut().insert(name.into(), found.clone());
        found
    }

    fn learn_ends(&self, name: &str) -> Ends {
        if self.is_callback(name) {
            return Rc::new([(0, Ending::CalledBack(name.into()))]);
        }
        let functions = self.unit.functions(name);
        // It takes a member for a grace period, and is no callback: it hands it on.
        let heads = self.head_parameters(name);
        if !heads.is_empty() {
            return heads.into_iter().map(|at| (at, Ending::Deferred)).collect();
        }
        let mut bodies = functions.iter().filter(|function| function.home.is_none());
        let mut hands_on = || {
            bodies.any(|function| {
                let called = function.file.called(function.item);
                called.iter().any(|called| !self.head_parameters(called).is_empty())
            })
        };
        if !self.reaches_end(name) && !hands_on() {
            return Rc::default();
        }
        let Some(_entered) = self.enter(name) else { return Rc::default() };
        for function in functions {
            let trees = self.unit.trees(function.home, function.item);
            let Some(tree) = trees.first() else { continue };
            let Some((definition, body)) = definition(tree) else { continue };
            let parameters = parameter_names(tree, definition);
            let found = self.ends_in(tree, &parameters, body);
            // Of twins for different configurations, the one that does something is meant.
            if !found.is_empty() {
                return found.into();
            }
        }
        Rc::default()
    }

    fn ends_in(
        &self,
        tree: &Tree,
        parameters: &[Option<Arc<str>>],
        body: NodeId,
    ) -> Vec<(usize, Ending)> {
        let aliases = Aliases::of(tree, parameters);
        let mut always = Vec::new();
        certain(tree, body, &mut always);
        let mut found: Vec<(usize, Ending)> = Vec::new();
        let mut waited = false;
        let calls = tree.all().filter(|node| tree.kind(*node) == Kind::CallExpression);
        for call in calls {
            let given = arguments(tree, call);
            for end in self.ends(tree, call) {
                let argument = given.get(end.argument);
                let Some(parameter) = argument.and_then(|at| aliases.parameter(tree, *at)) else {
                    continue;
                };
                let counts = match end.how {
                    Ending::Hidden(..) => always.contains(&call),
                    Ending::Deferred => true,
                    Ending::Freed(_) | Ending::CalledBack(_) => !waited && always.contains(&call),
                };
                if counts && !found.iter().any(|(at, how)| *at == parameter && *how == end.how) {
                    found.push((parameter, end.how));
                }
            }
            if self.waits_for_readers(tree, call) {
                waited = true;
                found.retain(|(_, how)| !matches!(how, Ending::Hidden(..)));
            }
        }
        // Who does both knows when there are readers.
        let deferred: Vec<usize> =
            found.iter().filter(|(_, how)| *how == Ending::Deferred).map(|(at, _)| *at).collect();
        let frees = |how: &Ending| matches!(how, Ending::Freed(_) | Ending::CalledBack(_));
        found.retain(|(at, how)| !frees(how) || !deferred.contains(at));
        found
    }

    /// Whether a function of the file takes an RCU head, does not hand it on, and nothing else: it
    /// is made to be called behind a grace period. Source: include/linux/types.h, `rcu_callback_t`.
    pub fn is_callback(&self, name: &str) -> bool {
        let functions = self.unit.functions(name);
        let Some(function) = functions.first().filter(|function| function.home.is_none()) else {
            return false;
        };
        let text = function.text();
        let head = &text[..memchr::memchr(b'{', text).unwrap_or(text.len())];
        if memchr::memmem::find(head, b"rcu_head").is_none()
            || memchr::memchr(b',', head).is_some()
            || NO_USE.contains(&name.as_bytes())
        {
            return false;
        }
        let called = function.file.called(function.item);
        let mut deferrals =
            called.iter().filter_map(|one| context().deferral(one.as_bytes(), self.version));
        !self.head_parameters(name).is_empty() && deferrals.next().is_none()
    }

    /// The parameters of a function that are members for a grace period, by its declarations.
    fn head_parameters(&self, name: &str) -> Vec<usize> {
        let declared = self.unit.ordinary(name);
        let Some(signature) = declared.iter().find_map(|found| match &found.what.ty.ty {
            Type::Function(signature) => Some(signature.clone()),
            _ => None,
        }) else {
            return Vec::new();
        };
        let parameters = signature.parameters.iter().enumerate();
        let is_head = |ty: &Type| match ty {
            Type::Pointer(to) => matches!(&to.ty, Type::Tag(tag) if is_head(tag)),
            _ => false,
        };
        parameters.filter(|(_, one)| is_head(&one.ty.ty)).map(|(at, _)| at).collect()
    }

    /// Whether a call waits for a grace period, or may.
    pub fn waits_for_readers(&self, tree: &Tree, call: NodeId) -> bool {
        callee(tree, call).is_some_and(|name| self.may_wait_for_readers(name))
    }

    /// Whether a function or macro waits for a grace period, or may: one of which nothing else is
    /// known is taken to if it calls, itself or through others, what does.
    pub fn may_wait_for_readers(&self, name: &str) -> bool {
        // What puts something behind a grace period waits at most for that (`kfree_rcu()` with RCU's
        // tiny form, kfree_rcu_mightsleep()).
        let waits = |name: &str| {
            if context().deferral(name.as_bytes(), self.version).is_some() {
                return Some(false);
            }
            let row = context().sleeper(name.as_bytes(), self.version);
            row.is_some_and(|row| row.waits.is_some() && !row.seldom).then_some(true)
        };
        let elsewhere = || {
            let asleep = self.unit.others.and_then(|others| others.across().sleeps(name));
            asleep
                .is_some_and(|asleep| asleep.primitive.waits.is_some() && !asleep.primitive.seldom)
        };
        let known = waits(name);
        known.unwrap_or_else(|| self.comes_to(&self.reach.waits, name, &waits) || elsewhere())
    }

    /// Whether a function or macro puts something behind a grace period, itself or through what it
    /// calls.
    pub fn comes_to_defer(&self, name: &str) -> bool {
        let defers = |name: &str| context().deferral(name.as_bytes(), self.version).is_some();
        defers(name) || self.reaches(&self.reach.defers, name, &defers)
    }

    /// Whether some caller of a function in its file waits for readers before it calls.
    pub fn is_called_after_readers(&self, name: &str) -> bool {
        let mut found = false;
        self.each_caller(name, |_, tree| {
            let calls = tree.all().filter(|node| tree.kind(*node) == Kind::CallExpression);
            let mut waited = false;
            for call in calls {
                found |= waited && callee(tree, call) == Some(name);
                waited = waited || self.waits_for_readers(tree, call);
            }
        });
        found
    }

    /// Whether what a name stands for frees, defers or hides anything, itself or through what it calls.
    pub fn reaches_end(&self, name: &str) -> bool {
        self.reaches(&self.reach.ends, name, &|called| {
            context().frees(called.as_bytes(), self.version).is_some()
                || context().deferral(called.as_bytes(), self.version).is_some()
                || context().change(called.as_bytes(), self.version).is_some_and(|one| one.rcu)
        })
    }
}

/// Whether a tag is that of a member by which objects are put behind a grace period.
/// Sources: include/linux/types.h, include/linux/workqueue.h.
pub(crate) fn is_head(tag: &str) -> bool {
    matches!(tag, "rcu_head" | "rcu_work")
}

/// Which variables of a function stand for the object of a parameter, or one that holds it.
struct Aliases<'p> {
    parameters: &'p [Option<Arc<str>>],
    /// By name; `None` where it is several things.
    known: FxHashMap<Vec<u8>, Option<usize>>,
}

impl<'p> Aliases<'p> {
    fn of(tree: &Tree, parameters: &'p [Option<Arc<str>>]) -> Aliases<'p> {
        let mut aliases = Aliases { parameters, known: FxHashMap::default() };
        for node in tree.all() {
            let (name, value) = match tree.kind(node) {
                Kind::InitDeclarator => (declared_name(tree, node), tree.child(node, Field::Value)),
                Kind::AssignmentExpression => (
                    tree.child(node, Field::Left).map(|left| tree.bare(left)),
                    tree.child(node, Field::Right),
                ),
                _ => continue,
            };
            let Some((name, value)) = name.zip(value) else { continue };
            if tree.kind(name) != Kind::Identifier {
                continue;
            }
            let parameter = aliases.parameter(tree, value);
            aliases
                .known
                .entry(tree.text(name).to_vec())
                .and_modify(|known| *known = known.filter(|_| *known == parameter))
                .or_insert(parameter);
        }
        aliases
    }

    /// The parameter whose object an expression points into.
    fn parameter(&self, tree: &Tree, value: NodeId) -> Option<usize> {
        let value = contained(tree, value);
        let name = pointer_into(tree, value)?;
        let name = tree.text(name);
        if let Some(known) = self.known.get(name) {
            return *known;
        }
        self.parameters.iter().position(|one| one.as_deref().map(str::as_bytes) == Some(name))
    }
}

/// What an object was made from: `member` in `container_of(member, ...)`.
pub(crate) fn contained(tree: &Tree, mut node: NodeId) -> NodeId {
    loop {
        node = tree.bare(node);
        let inner = match tree.kind(node) {
            Kind::CallExpression
                if callee(tree, node).is_some_and(|name| {
                    matches!(name, "container_of" | "list_entry" | "hlist_entry" | "rb_entry")
                }) =>
            {
                arguments(tree, node).first().copied()
            }
            Kind::CastExpression => tree.child(node, Field::Value),
            _ => None,
        };
        match inner {
            Some(inner) => node = inner,
            None => return node,
        }
    }
}

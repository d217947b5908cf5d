//! How accessors are used: which one, for what, and what becomes of the pointer.

mod conditions;
mod flavours;
mod followed;
mod initialised;
mod locks;
mod reloaded;
mod tested;

use std::cell::OnceCell;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::facts::usage::Outcome;
use crate::facts::walk::Walk;
use crate::facts::{Context, Declaration, Protection};
use crate::flow::accessors::{Accessor, AccessorKind, Condition};
use crate::flow::cfg::VarId;
use crate::flow::effects::{arguments, callee};
use crate::flow::spelling::{root, spelling};
use crate::syntax::{Field, Kind, NodeId, Tree};
use crate::text::Span;
use crate::types::Base;

pub use conditions::{Checked, Says, WeakCondition};
pub use flavours::Mismatched;
pub(super) use flavours::are_different;
pub use followed::FollowedPeek;
pub(super) use initialised::assigned_values;
pub use initialised::{InitStore, Newness};
pub use locks::HeldLock;
pub use reloaded::Reloaded;
pub use tested::TestedLoad;

/// How accessors are used in one file.
#[derive(Debug, Default)]
pub struct PointerFacts {
    /// Values of `rcu_access_pointer()` that are followed.
    pub followed: Vec<FollowedPeek>,
    /// Stores of new objects with `RCU_INIT_POINTER()`.
    pub initialised: Vec<InitStore>,
    /// Loads for readers whose value is only tested.
    pub tested: Vec<TestedLoad>,
    /// Accesses with a condition, and what it says.
    pub checked: Vec<Checked>,
    /// Conditions that ask whether anybody holds a lock.
    pub weak: Vec<WeakCondition>,
    /// Loads for readers of another kind than the section they are in.
    pub mismatched: Vec<Mismatched>,
    /// Pointers that were tested, and loaded again to be followed.
    pub reloaded: Vec<Reloaded>,
}

impl PointerFacts {
    /// Whether there is anything for a rule to judge.
    pub fn any(&self) -> bool {
        let PointerFacts { followed, initialised, tested, checked, weak, mismatched, reloaded } =
            self;
        !followed.is_empty()
            || !initialised.is_empty()
            || !tested.is_empty()
            || !checked.is_empty()
            || !weak.is_empty()
            || !mismatched.is_empty()
            || !reloaded.is_empty()
    }

    /// Adds those of another item.
    pub(super) fn append(&mut self, other: &mut PointerFacts) {
        self.followed.append(&mut other.followed);
        self.initialised.append(&mut other.initialised);
        self.tested.append(&mut other.tested);
        self.checked.append(&mut other.checked);
        self.weak.append(&mut other.weak);
        self.mismatched.append(&mut other.mismatched);
        self.reloaded.append(&mut other.reloaded);
    }

    /// Sorts them, and leaves out what several readings of one item say.
    pub(super) fn sort(&mut self) {
        fn once<T>(facts: &mut Vec<T>, key: impl Fn(&T) -> Span) {
            facts.sort_by_key(&key);
            facts.dedup_by_key(|one| key(one));
        }
        once(&mut self.followed, |one| one.call.span);
        once(&mut self.initialised, |one| one.call.span);
        once(&mut self.tested, |one| one.call.span);
        once(&mut self.mismatched, |one| one.call.span);
        once(&mut self.reloaded, |one| one.call.span);
        // Of one access, the reading that knows most is judged.
        self.checked.sort_by_key(|one| (one.call.span, std::cmp::Reverse(one.locks.len())));
        self.checked.dedup_by_key(|one| one.call.span);
        self.weak.sort_by_key(|one| (one.span, one.span_of_call));
        self.weak.dedup_by_key(|one| (one.span, one.span_of_call));
    }
}

/// A call of an accessor, or of a macro that is one.
#[derive(Clone, Debug)]
pub struct CallSite {
    /// The function it stands in.
    pub function: Option<String>,
    /// The accessor, as it is written.
    pub name: String,
    /// Where its name stands.
    pub name_span: Span,
    /// The whole call.
    pub span: Span,
    /// The `__rcu` lvalue, as written; the call, where the macro names the lvalue itself.
    pub expression: String,
    /// It is one of the kernel's own accessors, not a macro around one.
    pub plain: bool,
    /// Whether it lies in a preprocessor arm, and under which condition.
    pub condition: Option<String>,
}

/// What the walk through a function noted for its end.
#[derive(Default)]
pub(crate) struct Noted {
    /// The declaration of each accessor's lvalue, and whether only this function sees the object.
    lvalues: FxHashMap<NodeId, (Declaration, bool)>,
    /// What is done with the value of each call of an accessor.
    outcomes: FxHashMap<NodeId, Outcome>,
    /// The accessors whose condition names a spinlock and nothing else.
    spinlocks: FxHashSet<NodeId>,
    /// Where the function stores to something, once it is asked for.
    stores: OnceCell<Vec<(String, NodeId)>>,
    /// What is done with each variable.
    uses: FxHashMap<VarId, Vec<(NodeId, Outcome)>>,
}

impl Walk<'_, '_, '_> {
    /// Looks at an expression, with the variables that it sees in scope.
    pub(super) fn pointers(&mut self, node: NodeId) {
        match self.tree.kind(node) {
            Kind::CallExpression => self.accessor_called(node),
            Kind::Identifier if self.body.is_none() => self.variable_used(node),
            _ => {}
        }
    }

    /// Looks at the whole function, after everything in it was looked at.
    pub(super) fn pointers_of_function(&mut self) {
        // What the parser did not understand could be what matters.
        if self.body.is_some() || !self.tree.errors.is_empty() {
            return;
        }
        let calls = self.accessor_calls();
        if calls.is_empty() {
            return;
        }
        self.followed_peeks(&calls);
        self.initialising_stores(&calls);
        self.tested_loads(&calls);
        self.checked_accesses(&calls);
        self.mismatched_loads(&calls);
        self.reloaded_pointers(&calls);
    }

    /// The calls of accessors in the function, in the order of the text.
    fn accessor_calls(&self) -> Vec<(NodeId, std::rc::Rc<Accessor>)> {
        let tree = self.tree;
        let calls = tree.all().filter(|node| tree.kind(*node) == Kind::CallExpression);
        calls.filter_map(|call| Some((call, self.flows.accessor(callee(tree, call)?)?))).collect()
    }

    fn accessor_called(&mut self, call: NodeId) {
        let tree = self.tree;
        let Some(name) = callee(tree, call) else { return };
        let Some(accessor) = self.flows.accessor(name) else { return };
        if accessor.condition.is_some() {
            self.weak_conditions(call);
        }
        if self.body.is_some() {
            return;
        }
        if matches!(accessor.kind, AccessorKind::Reader(_)) {
            let outcome = self.uses.of(tree, call, &self.scopes);
            self.noted.outcomes.insert(call, outcome);
        }
        if let Some(Condition::Argument(at)) = accessor.condition {
            let condition = arguments(tree, call).get(at).copied();
            if condition.is_some_and(|condition| self.names_spinlock(condition)) {
                self.noted.spinlocks.insert(call);
            }
        }
        let Some(lvalue) = lvalue(tree, call, &accessor) else { return };
        if !matches!(accessor.kind, AccessorKind::Init) && accessor.condition.is_none() {
            return;
        }
        self.note_fresh(lvalue);
        let typer = self.uses.typer(&self.scopes);
        let Ok(typed) = typer.typed(tree, lvalue) else { return };
        let Some(site) = typed.site else { return };
        let own = matches!(typed.base, Base::Fresh | Base::LocalObject);
        let declaration = self.declaration_at(&site.file, site.span, site.name.clone());
        self.noted.lvalues.insert(call, (declaration, own));
    }

    fn variable_used(&mut self, identifier: NodeId) {
        let Some(var) = self.flow().and_then(|flow| flow.var(identifier)) else { return };
        let tree = self.tree;
        let parent = tree.parent(identifier);
        let declares = tree.field(identifier) == Field::Declarator
            && parent.is_some_and(|p| tree.kind(p) != Kind::CallExpression);
        if declares {
            return;
        }
        let outcome = self.uses.of(tree, identifier, &self.scopes);
        self.noted.uses.entry(var).or_default().push((identifier, outcome));
    }

    fn call_of(&self, call: NodeId, accessor: &Accessor) -> CallSite {
        let tree = self.tree;
        let text = |node| String::from_utf8_lossy(tree.text(node)).into_owned();
        let function = tree.child(call, Field::Function).unwrap_or(call);
        let name = text(function);
        let span = tree.file_span(call);
        CallSite {
            function: self.function.clone(),
            plain: AccessorKind::of(&name).is_some(),
            name,
            name_span: tree.file_span(function),
            span,
            expression: text(lvalue(tree, call, accessor).unwrap_or(call)),
            condition: self.condition_at(span),
        }
    }

    /// Where the function stores to the lvalue with this text.
    fn stores_to(&self, text: &str) -> Vec<NodeId> {
        let stores = self.noted.stores.get_or_init(|| self.stores());
        stores.iter().filter(|(stored, _)| stored == text).map(|(_, node)| *node).collect()
    }

    /// Where the function stores to something, and the text of that.
    fn stores(&self) -> Vec<(String, NodeId)> {
        let tree = self.tree;
        let stores = tree.all().filter_map(|node| {
            let stored = match tree.kind(node) {
                Kind::AssignmentExpression => tree.child(node, Field::Left),
                Kind::CallExpression => callee(tree, node)
                    .and_then(|name| self.flows.accessor(name))
                    .filter(|accessor| accessor.value.is_some())
                    .and_then(|accessor| lvalue(tree, node, &accessor)),
                _ => None,
            };
            Some((spelling(tree, stored?), node))
        });
        stores.collect()
    }

    /// What protects a load of this lvalue in a context.
    fn protection(&self, context: &Context, lvalue: NodeId) -> Protection {
        let tree = self.tree;
        let root = root(tree, lvalue);
        let global = root.is_some_and(|root| self.flow().is_some_and(|f| f.var(root).is_none()));
        let root = root.map(|root| tree.text(root));
        let expression = String::from_utf8_lossy(tree.text(lvalue)).into_owned();
        crate::facts::lvalues::protection(context, &expression, root, global)
    }
}

/// The accessor's lvalue.
fn lvalue(tree: &Tree, call: NodeId, accessor: &Accessor) -> Option<NodeId> {
    arguments(tree, call).get(accessor.pointer?).copied()
}

/// The lvalue as text that compares equal where the code means the same.
fn lvalue_text(tree: &Tree, call: NodeId, accessor: &Accessor) -> Option<String> {
    Some(spelling(tree, lvalue(tree, call, accessor)?))
}

/// The pointer that an expression follows: `p` in `p->x`, `*p`, `p[i]` and `p()`.
fn followed_pointer(tree: &Tree, node: NodeId) -> Option<NodeId> {
    let pointer = match tree.kind(node) {
        Kind::FieldExpression if tree.operator(node) == b"->" => tree.child(node, Field::Argument),
        Kind::PointerExpression if tree.operator(node) == b"*" => tree.child(node, Field::Argument),
        Kind::SubscriptExpression => tree.child(node, Field::Argument),
        Kind::CallExpression => tree.child(node, Field::Function),
        _ => None,
    }?;
    (!only_address(tree, node)).then(|| tree.bare(pointer))
}

/// Whether only the address of an lvalue is taken: `&p->list`.
fn only_address(tree: &Tree, node: NodeId) -> bool {
    let mut at = node;
    while let Some(parent) = tree.parent(at) {
        match tree.kind(parent) {
            Kind::ParenthesizedExpression => {}
            Kind::FieldExpression if tree.operator(parent) == b"." => {}
            Kind::SubscriptExpression if tree.field(at) == Field::Argument => {}
            Kind::PointerExpression => return tree.operator(parent) == b"&",
            _ => return false,
        }
        at = parent;
    }
    false
}

/// Whether an expression is an argument of something that only checks.
fn in_assertion(tree: &Tree, node: NodeId) -> bool {
    std::iter::successors(tree.parent(node), |at| tree.parent(*at))
        .filter(|at| tree.kind(*at) == Kind::CallExpression)
        .filter_map(|call| callee(tree, call))
        .any(is_assertion)
}

/// Whether a name is that of something that only checks. Sources: include/asm-generic/bug.h,
/// include/linux/lockdep.h; subsystems have their own (`GEM_BUG_ON`, `ASSERT`).
fn is_assertion(name: &str) -> bool {
    name.contains("WARN") || name.contains("BUG_ON") || asks_lockdep(name)
}

/// Whether a name is that of something that only checks what is held.
fn asks_lockdep(name: &str) -> bool {
    ["lockdep", "LOCKDEP", "assert", "ASSERT"].iter().any(|word| name.contains(word))
}

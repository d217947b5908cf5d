//! Stores with `RCU_INIT_POINTER()`, which orders nothing, of objects that are new to readers.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::{CallSite, lvalue, lvalue_text};
use crate::facts::By;
use crate::facts::usage::is_null;
use crate::facts::walk::Walk;
use crate::flow::accessors::{Accessor, AccessorKind};
use crate::flow::along::Along;
use crate::flow::build::declared_name;
use crate::flow::cfg::{Assume, Step, VarId};
use crate::flow::effects::{arguments, callee};
use crate::flow::solve::Flow;
use crate::flow::spelling::{pointer_into, root, spelling};
use crate::flow::world::{Value, World};
use crate::kernel::api;
use crate::kernel::context::context;
use crate::syntax::{Field, Kind, NodeId, Tree};
use crate::text::Span;

/// A store of a new object with `RCU_INIT_POINTER()`.
#[derive(Clone, Debug)]
pub struct InitStore {
    /// The call.
    pub call: CallSite,
    /// The value, as written.
    pub value: String,
    /// How it is known that the object is new.
    pub new: Newness,
    /// The object that holds the pointer is being made by this function as well: readers do not
    /// see it yet.
    pub unpublished: bool,
    /// The function holds a lock, has looked at the pointer before, or waits for readers: it
    /// reckons with them.
    pub seen: bool,
}

/// How it is known that readers may not have seen an object as it is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Newness {
    /// The function allocated it here.
    Allocated(Span),
    /// The function stored to it here.
    Written(Span),
}

impl Walk<'_, '_, '_> {
    pub(super) fn initialising_stores(&mut self, calls: &[(NodeId, Rc<Accessor>)]) {
        let tree = self.tree;
        let stores: Vec<&(NodeId, Rc<Accessor>)> = calls
            .iter()
            .filter(|(call, accessor)| {
                accessor.kind == AccessorKind::Init
                    && value(tree, *call, accessor).is_some_and(|value| !is_null(tree, value))
            })
            .collect();
        if stores.is_empty() {
            return;
        }
        let Some(flow) = self.flow() else { return };
        let mut found = Vec::new();
        flow.along(&Written { flow }, BTreeMap::new(), |node, worlds, written| {
            let Some((call, accessor)) = stores.iter().find(|(call, _)| *call == node) else {
                return;
            };
            let Some(value) = value(tree, *call, accessor) else { return };
            let var = tree.bare(value);
            let Some(var) = flow.var(var) else { return };
            let stored = written.get(&var).copied().flatten();
            let new = match (allocated(worlds, var), stored) {
                // Nothing was put into it yet that a reader could miss.
                (Some(from), None) if !self.filled(var, from, *call) => return,
                (Some(from), _) => Newness::Allocated(tree.file_span(from)),
                (None, Some(store)) => Newness::Written(tree.file_span(store)),
                (None, None) => return,
            };
            let making = self.is_in_the_making(*call, accessor, worlds);
            found.push((*call, accessor, value, new, making));
        });
        let found: Vec<InitStore> = found
            .into_iter()
            .map(|(call, accessor, value, new, unpublished)| InitStore {
                call: self.call_of(call, accessor),
                seen: self.reckons_with_readers(call, accessor),
                value: String::from_utf8_lossy(tree.text(value)).into_owned(),
                new,
                unpublished,
            })
            .collect();
        self.pointer_facts.initialised.extend(found);
    }

    /// Whether something was put into an object between its allocation and a store of it: where it
    /// was allocated, or by a function that it was given to.
    fn filled(&self, var: VarId, from: NodeId, to: NodeId) -> bool {
        let (tree, Some(flow)) = (self.tree, self.flow()) else { return false };
        if callee(tree, from).is_some_and(|name| !api().allocators.contains(name.as_bytes())) {
            return true;
        }
        let (start, end) = (tree.span(from).end, tree.span(to).start);
        let between =
            |node: &NodeId| tree.span(*node).start >= start && tree.span(*node).end <= end;
        tree.all().filter(between).any(|node| match tree.kind(node) {
            Kind::CallExpression => {
                let looks = callee(tree, node).is_some_and(|name| {
                    api().operations.contains_key(name.as_bytes()) || name.contains("ERR")
                });
                let given =
                    |at: &NodeId| pointer_into(tree, *at).and_then(|at| flow.var(at)) == Some(var);
                !looks && arguments(tree, node).iter().any(given)
            }
            Kind::AssignmentExpression => {
                let left = tree.child(node, Field::Left).and_then(|at| stored_object(tree, at));
                left.and_then(|at| flow.var(at)) == Some(var)
            }
            _ => false,
        })
    }

    /// Whether the function holds a lock at a store, has looked at the pointer before, or waits for
    /// readers after it.
    fn reckons_with_readers(&self, call: NodeId, accessor: &Accessor) -> bool {
        let tree = self.tree;
        if self.context(call).locks().any(|held| held.by != By::Callers) {
            return true;
        }
        let Some(text) = lvalue_text(tree, call, accessor) else { return false };
        let stores = self.stores_to(&text);
        let span = tree.span(call);
        let looked = |node: NodeId| {
            matches!(tree.kind(node), Kind::FieldExpression | Kind::Identifier)
                && tree.span(node).end <= span.start
                && spelling(tree, node) == text
                && !stores.iter().any(|store| {
                    let left = tree.child(*store, Field::Left);
                    left.is_some_and(|left| within(tree, node, left))
                        || tree.kind(*store) == Kind::CallExpression && within(tree, node, *store)
                })
        };
        let defers = |node: NodeId| {
            let name = callee(tree, node).filter(|_| tree.span(node).start >= span.end);
            name.is_some_and(|name| {
                context()
                    .sleeper(name.as_bytes(), self.flows.version)
                    .is_some_and(|sleeper| sleeper.waits.is_some())
                    || name.starts_with("kfree_rcu")
                    || name.starts_with("call_rcu")
            })
        };
        tree.all().any(|node| looked(node) || defers(node))
    }

    /// Whether the object that holds the pointer is being made: allocated here, local, reached
    /// through what was allocated here, initialised here, or made visible later on.
    fn is_in_the_making(&self, call: NodeId, accessor: &Accessor, worlds: &[World]) -> bool {
        let tree = self.tree;
        if self.noted.lvalues.get(&call).is_some_and(|(_, own)| *own) {
            return true;
        }
        let (Some(flow), Some(lvalue)) = (self.flow(), lvalue(tree, call, accessor)) else {
            return false;
        };
        let Some(root) = root(tree, lvalue) else { return false };
        let Some(var) = flow.var(root) else { return false };
        let made = |var: VarId| {
            worlds
                .iter()
                .any(|world| matches!(world.value(var), Some(Value::Fresh(_) | Value::New(_))))
        };
        made(var) || self.derived(var, &made) || self.initialises(var, call)
    }

    /// Whether a variable's value comes from a new object.
    fn derived(&self, var: VarId, made: &dyn Fn(VarId) -> bool) -> bool {
        let (tree, Some(flow)) = (self.tree, self.flow()) else { return false };
        assigned_values(tree, flow, var).into_iter().any(|value| {
            tree.all().skip(value as usize).take_while(|at| within(tree, *at, value)).any(|at| {
                match tree.kind(at) {
                    Kind::CallExpression => callee(tree, at).is_some_and(|name| {
                        api().allocators.contains(name.as_bytes())
                            || self.flows.interesting(name)
                                && self.flows.summary(name).returns_fresh
                    }),
                    Kind::Identifier => flow.var(at).is_some_and(|other| {
                        other != var
                            && (made(other)
                                || assigned_values(tree, flow, other).into_iter().any(|value| {
                                    callee(tree, value).is_some_and(|name| {
                                        api().allocators.contains(name.as_bytes())
                                    })
                                }))
                    }),
                    _ => false,
                }
            })
        })
    }

    /// Whether the function initialises a lock, list or count in the object that a variable points
    /// to, or makes the object visible after `call`.
    fn initialises(&self, var: VarId, call: NodeId) -> bool {
        let (tree, Some(flow)) = (self.tree, self.flow()) else { return false };
        let after = tree.span(call).end;
        tree.all().filter(|at| tree.kind(*at) == Kind::CallExpression).any(|at| {
            let Some(name) = callee(tree, at) else { return false };
            let given = arguments(tree, at);
            is_initialiser(name)
                && given.iter().any(|argument| {
                    root(tree, *argument).and_then(|name| flow.var(name)) == Some(var)
                })
        }) || self.is_published(flow, var, |at| tree.span(at).start >= after)
    }

    /// Whether the function puts the object that a variable points to where readers find it, in a
    /// call of those that `among` picks.
    pub(in crate::facts) fn is_published(
        &self,
        flow: &Flow<'_, '_, '_>,
        var: VarId,
        among: impl Fn(NodeId) -> bool,
    ) -> bool {
        let tree = self.tree;
        let calls = tree.all().filter(|at| tree.kind(*at) == Kind::CallExpression);
        calls.filter(|at| among(*at)).any(|at| {
            let Some(name) = callee(tree, at) else { return false };
            let given = arguments(tree, at);
            let points = |argument: &NodeId| {
                pointer_into(tree, *argument).and_then(|name| flow.var(name)) == Some(var)
            };
            if let Some(accessor) = self.flows.accessor(name) {
                let stored = accessor.value.and_then(|at| given.get(at));
                return stored.is_some_and(points);
            }
            let change = context().change(name.as_bytes(), self.flows.version);
            change
                .filter(|change| change.adds && !change.moves)
                .and_then(|change| given.get(change.node))
                .is_some_and(points)
        })
    }
}

/// Whether a call makes something usable for the first time. Sources: include/linux/list.h,
/// spinlock.h, mutex.h, rwsem.h, kref.h, wait.h, workqueue.h, timer.h, seqlock.h, completion.h.
fn is_initialiser(name: &str) -> bool {
    name.starts_with("INIT_")
        || matches!(
            name,
            "spin_lock_init"
                | "raw_spin_lock_init"
                | "rwlock_init"
                | "mutex_init"
                | "init_rwsem"
                | "kref_init"
                | "init_waitqueue_head"
                | "init_completion"
                | "seqlock_init"
                | "seqcount_init"
                | "timer_setup"
                | "refcount_set"
                | "init_llist_head"
                | "skb_queue_head_init"
        )
}

/// Where the object that a variable points to was allocated, on some ways at least and NULL on the
/// others.
fn allocated(worlds: &[World], var: VarId) -> Option<NodeId> {
    let mut found = None;
    for world in worlds {
        match world.value(var) {
            Some(Value::Fresh(call) | Value::New(call)) => found = Some(call),
            Some(Value::Zero) => {}
            _ => return None,
        }
    }
    found
}

fn value(tree: &Tree, call: NodeId, accessor: &Accessor) -> Option<NodeId> {
    arguments(tree, call).get(accessor.value?).copied()
}

/// Every value that a variable is given.
pub(in crate::facts) fn assigned_values(
    tree: &Tree,
    flow: &Flow<'_, '_, '_>,
    var: VarId,
) -> Vec<NodeId> {
    tree.all()
        .filter_map(|node| match tree.kind(node) {
            Kind::AssignmentExpression => {
                let left = tree.bare(tree.child(node, Field::Left)?);
                (flow.var(left) == Some(var)).then(|| tree.child(node, Field::Right)).flatten()
            }
            Kind::InitDeclarator => {
                let name = declared_name(tree, node)?;
                (flow.var(name) == Some(var)).then(|| tree.child(node, Field::Value)).flatten()
            }
            _ => None,
        })
        .collect()
}

fn within(tree: &Tree, node: NodeId, outer: NodeId) -> bool {
    tree.span(outer).contains(tree.span(node))
}

/// Which variables point to an object that was stored to, on every way on which they are not NULL,
/// since they were set.
struct Written<'w, 'f, 'u, 'a> {
    flow: &'w Flow<'f, 'u, 'a>,
}

impl Along for Written<'_, '_, '_, '_> {
    type State = BTreeMap<VarId, Option<NodeId>>;

    fn step(&self, step: Step, _: &[World], state: &mut Self::State) {
        let (Step::Node(node), tree, flow) = (step, self.flow.tree, self.flow) else { return };
        match tree.kind(node) {
            Kind::AssignmentExpression => {
                let Some(left) = tree.child(node, Field::Left).map(|left| tree.bare(left)) else {
                    return;
                };
                if let Some(var) = flow.var(left) {
                    state.remove(&var);
                    if tree.child(node, Field::Right).is_some_and(|right| is_null(tree, right)) {
                        state.insert(var, None);
                    }
                } else if let Some(var) = stored_object(tree, left).and_then(|at| flow.var(at)) {
                    state.entry(var).or_default().get_or_insert(node);
                }
                // What is stored somewhere is no longer this function's own.
                let right = tree.child(node, Field::Right).and_then(|r| pointer_into(tree, r));
                if let Some(var) = right.and_then(|at| flow.var(at)) {
                    state.remove(&var);
                }
            }
            Kind::InitDeclarator => {
                if let Some(var) = declared_name(tree, node).and_then(|name| flow.var(name)) {
                    state.remove(&var);
                }
            }
            Kind::CallExpression => {
                let Some(name) = callee(tree, node) else { return };
                let published = match flow.flows.accessor(name) {
                    Some(accessor) => accessor.value,
                    None => context()
                        .change(name.as_bytes(), flow.flows.version)
                        .filter(|change| change.adds)
                        .map(|change| change.node),
                };
                let given = published.and_then(|at| arguments(tree, node).get(at).copied());
                let var = given.and_then(|at| pointer_into(tree, at)).and_then(|at| flow.var(at));
                if let Some(var) = var {
                    state.remove(&var);
                }
            }
            _ => {}
        }
    }

    fn assume(&self, assume: Assume, _: &[World], state: &mut Self::State) {
        let tested = self.flow.tested(assume.condition, assume.holds);
        let Some((operand, false)) = tested else { return };
        if let Some(var) = self.flow.var(operand) {
            state.insert(var, None);
        }
    }

    fn meet(&self, state: &mut Self::State, other: &Self::State) {
        state.retain(|var, store| match other.get(var) {
            Some(there) => {
                *store = store.or(*there);
                true
            }
            None => false,
        });
    }
}

/// The variable whose object a store changes: `p` in `p->a.b[i] = x`.
fn stored_object(tree: &Tree, left: NodeId) -> Option<NodeId> {
    let mut at = left;
    loop {
        at = tree.bare(at);
        let argument = match tree.kind(at) {
            Kind::FieldExpression | Kind::SubscriptExpression => tree.child(at, Field::Argument)?,
            Kind::PointerExpression if tree.operator(at) == b"*" => {
                tree.child(at, Field::Argument)?
            }
            _ => return None,
        };
        let followed = tree.kind(at) == Kind::PointerExpression || tree.operator(at) == b"->";
        if followed {
            let object = tree.bare(argument);
            return (tree.kind(object) == Kind::Identifier).then_some(object);
        }
        at = argument;
    }
}

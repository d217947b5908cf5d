//! Accesses that say what protects them.

use std::rc::Rc;

pub use super::locks::Says;
use super::locks::{HELD_BY_ANYBODY, HeldLock};
use super::{CallSite, lvalue};
use crate::facts::walk::Walk;
use crate::facts::{By, Declaration};
use crate::flow::UNNAMED;
use crate::flow::accessors::{Accessor, AccessorKind, Condition};
use crate::flow::effects::{arguments, callee, resource};
use crate::flow::spelling::root;
use crate::syntax::{Kind, NodeId};
use crate::text::Span;

/// An access with a condition that says what protects it.
#[derive(Clone, Debug)]
pub struct Checked {
    /// The call.
    pub call: CallSite,
    /// The declaration of the pointer.
    pub declaration: Option<Declaration>,
    /// The variable that the pointer is reached from.
    pub root: Option<String>,
    /// A reader section would do as well (`rcu_dereference_check()`).
    pub reader_too: bool,
    /// The condition, where it stands in the call.
    pub condition: Option<Span>,
    /// What it says.
    pub says: Vec<Says>,
    /// The locks that are held there for sure.
    pub locks: Vec<HeldLock>,
    /// Something more may be held: on some ways, or in a way that is not followed.
    pub more: bool,
    /// The condition names a spinlock and nothing else.
    pub names_spinlock: bool,
    /// What every caller holds is known, and is among the locks.
    pub all_callers: bool,
    /// Nobody else sees the object yet.
    pub own: bool,
    /// Something that waits for readers comes before, or this is what runs after readers.
    pub after_readers: bool,
}

/// A condition that asks whether anybody holds a lock.
#[derive(Clone, Debug)]
pub struct WeakCondition {
    /// The function it stands in.
    pub function: Option<String>,
    /// The question; for what the body of a macro asks, the call of the macro.
    pub span: Span,
    /// The same place in the definition of the macro.
    pub definition: Option<Declaration>,
    /// Where the question stands in the definition.
    pub span_of_call: Span,
    /// The `__rcu` lvalue that is accessed, as written.
    pub expression: String,
    /// What asks: `mutex_is_locked`.
    pub name: String,
    /// What it is asked of, as written.
    pub lock: String,
    /// Whether it lies in a preprocessor arm, and under which condition.
    pub condition: Option<String>,
    /// The function is given to others to call: another task may hold the lock for it.
    pub called_back: bool,
}

impl Walk<'_, '_, '_> {
    pub(super) fn checked_accesses(&mut self, calls: &[(NodeId, Rc<Accessor>)]) {
        let tree = self.tree;
        let mut found = Vec::new();
        for (call, accessor) in calls {
            let Some(condition) = &accessor.condition else { continue };
            let given = arguments(tree, *call);
            let (text, span) = match condition {
                Condition::Argument(at) => {
                    let Some(given) = given.get(*at) else { continue };
                    let text = String::from_utf8_lossy(tree.text(*given)).into_owned();
                    (text, Some(tree.file_span(*given)))
                }
                Condition::Fixed(text) => (text.to_string(), None),
            };
            let Some(flow) = self.flow().filter(|flow| !flow.lost) else { continue };
            let Some(worlds) = flow.at(*call) else { continue };
            let unclear = worlds.iter().any(|world| world.unclear);
            let context = self.context(*call);
            let varies = context.sometimes.iter().any(|held| {
                held.by != By::Asserted
                    || self.says_itself(&resource(held.kind, held.object.as_deref()))
            });
            let unnamed = context.locks().any(|held| held.object.as_deref() == Some(UNNAMED));
            let noted = self.noted.lvalues.get(call);
            let lvalue = lvalue(tree, *call, accessor);
            let root = lvalue.and_then(|lvalue| root(tree, lvalue));
            found.push(Checked {
                call: self.call_of(*call, accessor),
                declaration: noted.map(|(declaration, _)| declaration.clone()),
                own: noted.is_some_and(|(_, own)| *own),
                reader_too: matches!(accessor.kind, AccessorKind::Either(_)),
                condition: span,
                says: self.says(&text),
                root: root.map(|root| String::from_utf8_lossy(tree.text(root)).into_owned()),
                locks: self.held_locks(&context, lvalue),
                more: varies || unclear || unnamed || self.locks_out_of_sight(*call),
                names_spinlock: self.noted.spinlocks.contains(call),
                all_callers: context.rooted && !context.callers_vary,
                after_readers: self.waits_before(*call) || self.runs_after_readers(),
            });
        }
        self.pointer_facts.checked.append(&mut found);
    }

    /// Whether something before a place takes a lock by its name, and nothing is known of it.
    fn locks_out_of_sight(&self, node: NodeId) -> bool {
        let (tree, Some(flow)) = (self.tree, self.flow()) else { return true };
        let end = tree.span(node).start;
        tree.all()
            .take_while(|at| tree.span(*at).start < end)
            .filter(|at| tree.kind(*at) == Kind::CallExpression && tree.span(*at).end <= end)
            .any(|call| {
                let Some(name) = callee(tree, call) else { return false };
                let word = name.split('_').any(|word| {
                    matches!(word, "lock" | "trylock" | "acquire" | "begin" | "freeze" | "enter")
                });
                word && flow.effects_of(call).list.is_empty() && self.flows.accessor(name).is_none()
            })
    }

    /// Whether the file names the function for another purpose than to call it.
    fn is_called_back(&self) -> bool {
        self.function.as_deref().is_some_and(|name| self.flows.is_given_away(name))
    }

    /// The questions in an accessor's condition whether anybody holds a lock.
    pub(super) fn weak_conditions(&mut self, call: NodeId) {
        let tree = self.tree;
        let Some(name) = callee(tree, call) else { return };
        let Some(accessor) = self.flows.accessor(name) else { return };
        let Some(Condition::Argument(at)) = accessor.condition else { return };
        let Some(condition) = arguments(tree, call).get(at).copied() else { return };
        let outer = tree.span(condition);
        let asks: Vec<NodeId> = tree
            .all()
            .skip(condition as usize)
            .take_while(|at| tree.span(*at).start < outer.end)
            .filter(|at| tree.kind(*at) == Kind::CallExpression)
            .filter(|at| callee(tree, *at).is_some_and(|name| HELD_BY_ANYBODY.contains(&name)))
            .collect();
        for ask in asks {
            let Some(spot) = self.spot(ask) else { continue };
            let text = |node| String::from_utf8_lossy(tree.text(node)).into_owned();
            self.pointer_facts.weak.push(WeakCondition {
                function: self.function.clone(),
                called_back: self.is_called_back(),
                condition: self.condition_of(spot.span, spot.definition.as_ref()),
                span_of_call: spot.definition.as_ref().map_or(spot.span, |d| d.span),
                span: spot.span,
                definition: spot.definition,
                expression: lvalue(tree, call, &accessor).map_or_else(|| text(call), text),
                name: callee(tree, ask).unwrap_or_default().to_owned(),
                lock: arguments(tree, ask).first().map_or_else(String::new, |lock| text(*lock)),
            });
        }
    }
}

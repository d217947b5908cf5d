//! What becomes of a loaded value: whether the function that loads it follows it, hands it on, or
//! only looks at it. All uses of a variable count, in whatever order they run.

use crate::facts::lvalues::root;
use crate::facts::usage::Outcome;
use crate::facts::walk::Walk;
use crate::facts::{Fate, Load, StoreKind, Usage};
use crate::flow::effects::{arguments, callee};
use crate::kernel::api;
use crate::kernel::context::context;
use crate::syntax::{Field, Kind, NodeId};
use crate::types::Type;

/// Values that go from variable to variable more often than this count as followed.
const MAX_COPIES: usize = 3;

/// The fate that needs more of the accessor.
fn worse(one: Fate, other: Fate) -> Fate {
    match (one, other) {
        (Fate::Followed, _) | (_, Fate::Followed) => Fate::Followed,
        (Fate::HandedOn, _) | (_, Fate::HandedOn) => Fate::HandedOn,
        (Fate::Released, _) | (_, Fate::Released) => Fate::Released,
        _ => Fate::LookedAt,
    }
}

/// Whether the name of a function says that it frees its argument or drops a reference on it.
fn releases(callee: &str) -> bool {
    callee.split('_').any(|part| {
        matches!(
            part,
            "free" | "kfree" | "kvfree" | "vfree" | "put" | "destroy" | "release" | "unref"
        )
    })
}

impl Walk<'_, '_, '_> {
    /// Whether the function frees, further down, the object that an lvalue is a part of, and waits
    /// for no grace period anywhere: then nobody else can reach the object there any more.
    pub(super) fn dies(&self, lvalue: NodeId) -> bool {
        let tree = self.tree;
        let member = tree.bare(lvalue);
        if !matches!(tree.kind(member), Kind::FieldExpression | Kind::SubscriptExpression) {
            return false;
        }
        let Some(object) = root(tree, lvalue).map(|at| tree.text(at)) else { return false };
        let start = tree.file_span(lvalue).start;
        let frees = self.frees.get_or_init(|| self.freeing_calls());
        frees.iter().any(|call| {
            tree.file_span(*call).start > start
                && arguments(tree, *call).iter().any(|at| tree.text(tree.bare(*at)) == object)
        })
    }

    /// The calls that free something; none where the function waits for a grace period.
    fn freeing_calls(&self) -> Vec<NodeId> {
        let tree = self.tree;
        let version = self.uses.unit.knowledge.version;
        let mut found = Vec::new();
        for call in tree.all().filter(|at| tree.kind(*at) == Kind::CallExpression) {
            let Some(name) = callee(tree, call) else { continue };
            let sleeper = context().sleeper(name.as_bytes(), version);
            if sleeper.is_some_and(|sleeper| sleeper.waits.is_some()) {
                return Vec::new();
            }
            if context().frees(name.as_bytes(), version).is_some() {
                found.push(call);
            }
        }
        found
    }

    /// What becomes of the value loaded at `node`.
    pub(super) fn fate(&self, node: NodeId, load: &Load) -> Fate {
        self.fate_of(node, load, MAX_COPIES)
    }

    fn fate_of(&self, node: NodeId, load: &Load, copies: usize) -> Fate {
        match load {
            Load::Followed if self.deferred(node) => Fate::Released,
            Load::Followed | Load::HandedOver(_) | Load::Copied => Fate::Followed,
            Load::Passed(_) if self.becomes_number(node) => Fate::LookedAt,
            Load::Passed(callee) if api().values.contains(callee.as_bytes()) => Fate::LookedAt,
            Load::Passed(callee) if releases(callee) => Fate::Released,
            Load::Passed(_) => Fate::HandedOn,
            Load::Assigned | Load::Returned | Load::Other => self.fate_around(node, copies),
            Load::Marked(_) => {
                let tree = self.tree;
                let list = tree.parent(node).filter(|at| tree.kind(*at) == Kind::ArgumentList);
                let call = list.and_then(|list| tree.parent(list));
                call.map_or(Fate::Followed, |call| self.fate_around(call, copies))
            }
        }
    }

    /// Whether all that is followed is where the object has its head for a grace period:
    /// `call_rcu(&p->rcu, ...)`.
    fn deferred(&self, node: NodeId) -> bool {
        let tree = self.tree;
        let above = |at: NodeId| {
            let mut parents = std::iter::successors(tree.parent(at), |at| tree.parent(*at));
            parents.find(|at| tree.kind(*at) != Kind::ParenthesizedExpression)
        };
        let member = above(node).filter(|at| tree.kind(*at) == Kind::FieldExpression);
        let address = member
            .and_then(above)
            .filter(|at| tree.kind(*at) == Kind::PointerExpression && tree.operator(*at) == b"&");
        let list = address.and_then(above).filter(|at| tree.kind(*at) == Kind::ArgumentList);
        let call = list.and_then(|list| tree.parent(list));
        let version = self.flows.version;
        let name = call.and_then(|call| callee(tree, call));
        name.is_some_and(|name| {
            context().deferral(name.as_bytes(), version).is_some_and(|row| row.head.is_some())
        })
    }

    fn becomes_number(&self, node: NodeId) -> bool {
        let tree = self.tree;
        let wraps = |at: &NodeId| {
            matches!(tree.kind(*at), Kind::ParenthesizedExpression | Kind::CastExpression)
        };
        let around = std::iter::successors(tree.parent(node), |at| tree.parent(*at));
        let mut casts = around.take_while(wraps);
        casts.any(|at| tree.kind(at) == Kind::CastExpression && self.is_number(at))
    }

    /// Of a value that is assigned, returned, cast or calculated with.
    fn fate_around(&self, node: NodeId, copies: usize) -> Fate {
        let tree = self.tree;
        let mut at = node;
        while let Some(parent) = tree.parent(at) {
            match tree.kind(parent) {
                Kind::ParenthesizedExpression => {}
                Kind::ConditionalExpression if tree.field(at) != Field::Condition => {}
                Kind::CastExpression if self.is_number(parent) => return Fate::LookedAt,
                Kind::CastExpression => {}
                Kind::InitDeclarator => {
                    let declarator = tree.child(parent, Field::Declarator);
                    let name = std::iter::successors(declarator, |at| {
                        tree.child(*at, Field::Declarator).or_else(|| tree.first_child(*at))
                    })
                    .find(|at| tree.kind(*at) == Kind::Identifier);
                    return name.map_or(Fate::Followed, |name| self.fate_of_variable(name, copies));
                }
                Kind::AssignmentExpression if tree.field(at) == Field::Right => {
                    let used = tree.parent(parent).is_none_or(|around| {
                        !matches!(
                            tree.kind(around),
                            Kind::ExpressionStatement | Kind::ParenthesizedExpression
                        )
                    });
                    let left = tree.child(parent, Field::Left).map(|left| tree.bare(left));
                    let variable = left.filter(|left| tree.kind(*left) == Kind::Identifier);
                    return match variable {
                        Some(variable) if !used => self.fate_of_variable(variable, copies),
                        _ => Fate::Followed,
                    };
                }
                _ => return Fate::Followed,
            }
            at = parent;
        }
        Fate::Followed
    }

    fn is_number(&self, node: NodeId) -> bool {
        let typer = self.uses.typer(&self.scopes);
        let typed = typer.typed(self.tree, node);
        typed.is_ok_and(|typed| matches!(typer.resolve(&typed.ty).ty, Type::Number(_)))
    }

    /// What the function does with a variable that holds the value.
    fn fate_of_variable(&self, variable: NodeId, copies: usize) -> Fate {
        let tree = self.tree;
        let name = tree.text(variable);
        if self.scopes.find(name).is_some_and(|local| local.shared) || copies == 0 {
            return Fate::Followed;
        }
        if self.scopes.find(name).is_none() && self.is_ordinary(name) {
            return Fate::Followed;
        }
        let uses = tree.all().filter(|at| {
            *at != variable
                && tree.kind(*at) == Kind::Identifier
                && tree.text(*at) == name
                && tree.field(*at) != Field::Declarator
        });
        let mut fate = Fate::LookedAt;
        for one in uses {
            fate = worse(fate, self.fate_of_use(one, copies));
            if fate == Fate::Followed {
                break;
            }
        }
        fate
    }

    fn fate_of_use(&self, node: NodeId, copies: usize) -> Fate {
        let tree = self.tree;
        match self.uses.of(tree, node, &self.scopes) {
            Outcome::Use(Usage::Test, _) => Fate::LookedAt,
            Outcome::Use(Usage::Store(store) | Usage::NullStore(store), _) => match store.how {
                StoreKind::Update => Fate::Followed,
                _ => Fate::LookedAt,
            },
            Outcome::Use(Usage::Load(load), _) => self.fate_of(node, &load, copies - 1),
            Outcome::Accessed | Outcome::Result => Fate::Followed,
            Outcome::Silent => {
                let address = tree.parent(node).is_some_and(|parent| {
                    tree.kind(parent) == Kind::PointerExpression && tree.operator(parent) == b"&"
                });
                if address { Fate::Followed } else { Fate::HandedOn }
            }
        }
    }
}

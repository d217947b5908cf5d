//! The uses of pointers that nobody annotated, in one function.

use std::cell::OnceCell;
use std::rc::Rc;

use crate::facts::inferred::grace;
use crate::facts::inferred::{
    Deferred, InferredFacts, Members, Pointee, Pointer, PointerLoad, PointerStore, PointerUse,
    PointerUseKind,
};
use crate::facts::unannotated::{condition_around, is_per_cpu};
use crate::facts::usage::Outcome;
use crate::facts::walk::Walk;
use crate::facts::{Context, Fate, Load, StoreKind, Usage};
use crate::flow::effects::{arguments, callee};
use crate::flow::spelling::holder;
use crate::flow::spelling::spelling;
use crate::flow::transfer::is_lock;
use crate::kernel::context::context;
use crate::kernel::{Operand, OperationResult, api};
use crate::syntax::{Field, Kind, NodeId, Tree};
use crate::types::{Base, Qualified, Type, Typed};

/// What the walk through a function noted for its end.
#[derive(Default)]
pub(crate) struct Noted {
    pub facts: InferredFacts,
    /// Each store: which use it is, where, and to what.
    pub stores: Vec<(usize, NodeId, String)>,
    /// Each load that is a use: which it is, and where.
    pub used: Vec<(usize, NodeId)>,
    /// What is loaded, where, and into which variable.
    pub loads: Vec<(String, NodeId, Option<String>)>,
    /// Members whose loads matter outside reader sections as well.
    pub changed: Rc<Members>,
    /// What wants a reader section, by where it stands.
    pub wants: OnceCell<Vec<NodeId>>,
    /// What has its address given to a variable: the variable, and the lvalue.
    pub addresses: OnceCell<Vec<(NodeId, NodeId)>>,
}

impl Walk<'_, '_, '_> {
    /// Looks at an expression, with the variables that it sees in scope.
    pub(in crate::facts) fn inferred(&mut self, node: NodeId) {
        // What a macro does with its arguments is seen where they are given.
        if self.body.is_some() {
            return;
        }
        let tree = self.tree;
        match tree.kind(node) {
            Kind::FieldExpression | Kind::SubscriptExpression => self.pointer_used(node),
            Kind::Identifier if self.scopes.find(tree.text(node)).is_none() => {
                self.pointer_used(node);
            }
            Kind::CallExpression => self.deferring(node),
            Kind::PointerExpression if tree.operator(node) == b"&" => self.handed_on(node),
            Kind::PointerExpression if !self.lvalues(node).is_empty() => self.pointer_used(node),
            _ => {}
        }
    }

    /// Notes the structure of a variable of the function whose address is taken.
    fn handed_on(&mut self, address: NodeId) {
        let tree = self.tree;
        let variable = tree.child(address, Field::Argument).map(|at| tree.bare(at));
        let Some(variable) = variable.filter(|at| tree.kind(*at) == Kind::Identifier) else {
            return;
        };
        let typer = self.uses.typer(&self.scopes);
        let Ok(typed) = typer.typed(tree, variable) else { return };
        if typed.base == Base::Local {
            self.plain.facts.own.extend(self.pointee(&typed.ty));
        }
    }

    /// The lvalues that an expression may name: itself, or for `*at` those whose address the function
    /// gives to the variable `at`.
    fn lvalues(&self, node: NodeId) -> Vec<NodeId> {
        let tree = self.tree;
        if tree.kind(node) != Kind::PointerExpression {
            return vec![node];
        }
        let variable = tree.child(node, Field::Argument).map(|at| tree.bare(at));
        let name = variable.filter(|at| tree.kind(*at) == Kind::Identifier);
        let Some(name) = name.map(|at| tree.text(at)) else { return Vec::new() };
        let addresses = self.plain.addresses.get_or_init(|| addresses(tree));
        let those = addresses.iter().filter(|(variable, _)| tree.text(*variable) == name);
        those.map(|(_, lvalue)| *lvalue).collect()
    }

    fn pointer_used(&mut self, node: NodeId) {
        let tree = self.tree;
        let outcome = match self.uses.of(tree, node, &self.scopes) {
            Outcome::Silent => match self.exchanged(node) {
                Some(call) => {
                    self.note_load(node, call);
                    return self.stored(
                        node,
                        call,
                        PointerStore {
                            null: self.is_null_argument(call),
                            exchanged: true,
                            ..PointerStore::default()
                        },
                    );
                }
                None => return,
            },
            outcome => outcome,
        };
        match outcome {
            Outcome::Use(Usage::Load(load), _) => {
                let whole = match load {
                    Load::Marked(_) => std::iter::successors(Some(node), |at| tree.parent(*at))
                        .find(|at| tree.kind(*at) == Kind::CallExpression)
                        .unwrap_or(node),
                    _ => node,
                };
                self.note_load(node, whole);
                self.loaded(node, &load);
            }
            Outcome::Use(Usage::Store(store), _) => {
                let marked = store.how == StoreKind::WriteOnce;
                self.stored(node, node, PointerStore { marked, ..PointerStore::default() });
            }
            Outcome::Use(Usage::NullStore(store), _) => {
                let marked = store.how == StoreKind::WriteOnce;
                let store = PointerStore { null: true, marked, ..PointerStore::default() };
                self.stored(node, node, store);
            }
            Outcome::Accessed if tree.kind(node) != Kind::PointerExpression => {
                if let Some(pointer) = self.pointer(node) {
                    let what = PointerUseKind::Accessed;
                    self.note_use(node, pointer, what, Context::default());
                }
            }
            _ => {}
        }
    }

    /// The call that exchanges an lvalue whose address it is given.
    fn exchanged(&self, node: NodeId) -> Option<NodeId> {
        let tree = self.tree;
        let address = tree
            .parent(node)
            .filter(|at| tree.kind(*at) == Kind::PointerExpression && tree.operator(*at) == b"&")?;
        let list = tree.parent(address).filter(|at| tree.kind(*at) == Kind::ArgumentList)?;
        let call = tree.parent(list)?;
        let operation = api().operations.get(callee(tree, call)?.as_bytes())?;
        let first = tree.first_child(list) == Some(address);
        let exchanges = operation.usage == Operand::Address
            && (operation.result == OperationResult::Dereferenced(0)
                || !operation.stores.is_empty());
        (first && exchanges && !operation.stores.is_empty()).then_some(call)
    }

    fn is_null_argument(&self, call: NodeId) -> bool {
        let last = arguments(self.tree, call).last().copied();
        last.is_some_and(|last| self.tree.kind(self.tree.bare(last)) == Kind::Null)
    }

    /// Notes what is loaded, for what is freed later; `whole` is the expression with its value.
    fn note_load(&mut self, node: NodeId, whole: NodeId) {
        let tree = self.tree;
        let mut at = whole;
        let mut variable = None;
        while let Some(parent) = tree.parent(at) {
            variable = match tree.kind(parent) {
                Kind::ParenthesizedExpression | Kind::CastExpression => {
                    at = parent;
                    continue;
                }
                Kind::InitDeclarator => crate::flow::declared_name(tree, parent),
                Kind::AssignmentExpression if tree.field(at) == Field::Right => {
                    tree.child(parent, Field::Left).map(|left| tree.bare(left))
                }
                _ => None,
            };
            break;
        }
        let name = variable.filter(|at| tree.kind(*at) == Kind::Identifier);
        let name = name.map(|at| String::from_utf8_lossy(tree.text(at)).into_owned());
        self.plain.loads.push((spelling(tree, node), node, name));
    }

    fn loaded(&mut self, node: NodeId, load: &Load) {
        for lvalue in self.lvalues(node) {
            self.loaded_from(lvalue, node, load);
        }
    }

    fn loaded_from(&mut self, lvalue: NodeId, node: NodeId, load: &Load) {
        let changed = self.member(lvalue).is_some_and(|name| self.plain.changed.contains(name));
        if !changed && self.item.is_some_and(|item| !self.flows.may_read(item)) {
            return;
        }
        let Some(pointer) = self.pointer(lvalue) else { return };
        let fate = self.fate(node, load);
        if matches!(fate, Fate::LookedAt | Fate::Released) {
            return;
        }
        // Who calls, and with what held, takes longest to find out.
        let context = self.context(node);
        if !changed && !context.held.iter().any(|held| held.kind.is_reader()) {
            return;
        }
        let followed = fate == Fate::Followed;
        let tested = self.is_tested(node);
        let what = PointerUseKind::Load(PointerLoad { followed, tested, alone: false });
        self.plain.used.push((self.plain.facts.uses.len(), node));
        self.note_use(node, pointer, what, context);
    }

    /// Whether the function asks whether what is loaded there is NULL: the variable that it goes to, or
    /// the same expression elsewhere.
    fn is_tested(&self, node: NodeId) -> bool {
        let tree = self.tree;
        let text = tree.text(node);
        let loads = self.plain.loads.iter().rev();
        let variable =
            loads.filter(|(_, at, _)| *at == node).find_map(|(_, _, name)| name.as_ref());
        tree.all().any(|at| {
            let same = match tree.kind(at) {
                Kind::Identifier => variable.is_some_and(|name| name.as_bytes() == tree.text(at)),
                kind => kind == tree.kind(node) && tree.text(at) == text,
            };
            same && matches!(self.uses.of(tree, at, &self.scopes), Outcome::Use(Usage::Test, _))
        })
    }

    /// The member that an expression names, or whose element it is.
    fn member(&self, node: NodeId) -> Option<&[u8]> {
        let tree = self.tree;
        let mut at = tree.bare(node);
        while tree.kind(at) == Kind::SubscriptExpression {
            at = tree.bare(tree.child(at, Field::Argument)?);
        }
        tree.child(at, Field::Field).map(|field| tree.text(field))
    }

    fn stored(&mut self, node: NodeId, whole: NodeId, store: PointerStore) {
        for lvalue in self.lvalues(node) {
            let Some(pointer) = self.pointer(lvalue) else { continue };
            if self.is_in_a_new_object(&spelling(self.tree, lvalue), whole) {
                continue;
            }
            let mut context = self.context(node);
            context.held.retain(|held| is_lock(held.kind));
            let text = spelling(self.tree, node);
            self.plain.stores.push((self.plain.facts.uses.len(), node, text));
            self.note_use(node, pointer, PointerUseKind::Store(store.clone()), context);
        }
    }

    fn note_use(&mut self, node: NodeId, pointer: Pointer, what: PointerUseKind, context: Context) {
        let text = String::from_utf8_lossy(self.tree.text(node)).into_owned();
        let place = self.declaration_at(self.home(), self.tree.file_span(node), text);
        let function = self.function.clone();
        self.plain.facts.uses.push(PointerUse { pointer, function, place, what, context });
    }

    /// The pointer that an expression names, if others can see it and nobody annotated it.
    fn pointer(&mut self, node: NodeId) -> Option<Pointer> {
        let tree = self.tree;
        self.note_fresh(node);
        let typer = self.uses.typer(&self.scopes);
        let typed: Typed = typer.undisputed(|| typer.typed(tree, node).ok())?;
        if !matches!(typed.base, Base::Shared | Base::Global) {
            return None;
        }
        let Type::Pointer(to) = typer.resolve(&typed.ty).ty else { return None };
        if typer.in_rcu_space(&to) != Some(false) || self.container(node).is_some() {
            return None;
        }
        let annotated = typer.spell(&Qualified { rcu: true, ty: to.ty.clone() }.pointer());
        let pointee = self.pointee(&to);
        let direct = matches!(tree.kind(tree.bare(node)), Kind::FieldExpression | Kind::Identifier);
        // What a variable of the function leads to is declared elsewhere.
        let site = typed.site.as_ref()?;
        let variable = !site.name.contains('.');
        if variable
            && (self.scopes.find(site.name.as_bytes()).is_some()
                || is_per_cpu(&site.file, site.span))
        {
            return None;
        }
        let declarations = self.unannotated_declarations(&typed);
        if declarations.is_empty() {
            return None;
        }
        let under = typed.site.as_ref().and_then(|site| condition_around(&site.file, site.span));
        Some(Pointer { declarations, under, direct, annotated, pointee })
    }

    fn pointee(&self, to: &Qualified) -> Option<Pointee> {
        let tag = self.tag(to)?;
        let records = self.uses.unit.records(&tag);
        let file = records.first().map(|found| found.file.shown.clone());
        Some((tag, file.unwrap_or_default()))
    }

    /// Notes what a call frees after a grace period.
    fn deferring(&mut self, call: NodeId) {
        let tree = self.tree;
        let Some(name) = callee(tree, call) else { return };
        let version = self.flows.version;
        let freed = context().frees(name.as_bytes(), version).filter(|_| self.waited_before(call));
        let waited = freed.is_some();
        let Some(argument) = grace::deferred(name, version).or(freed) else { return };
        let Some(given) = arguments(tree, call).get(argument).copied() else { return };
        let Some(object) = holder(tree, given) else { return };
        let typer = self.uses.typer(&self.scopes);
        let Ok(typed) = typer.typed(tree, object) else { return };
        let Some(to) = typer.points_to(&typed.ty) else { return };
        let Some(what) = self.pointee(&to) else { return };
        let place = self.declaration_at(self.home(), tree.file_span(call), name.to_owned());
        self.plain.facts.deferred.push(Deferred { what, place, waited });
    }
}

/// The variables to which a function gives the addresses of lvalues, with those.
fn addresses(tree: &Tree) -> Vec<(NodeId, NodeId)> {
    let given = |at: NodeId| {
        let (variable, value) = match tree.kind(at) {
            Kind::AssignmentExpression if tree.operator(at) == b"=" => {
                (tree.bare(tree.child(at, Field::Left)?), tree.child(at, Field::Right)?)
            }
            Kind::InitDeclarator => {
                (crate::flow::declared_name(tree, at)?, tree.child(at, Field::Value)?)
            }
            _ => return None,
        };
        let address = tree.bare(value);
        let is = tree.kind(variable) == Kind::Identifier
            && tree.kind(address) == Kind::PointerExpression
            && tree.operator(address) == b"&";
        let lvalue = tree.child(address, Field::Argument).filter(|_| is)?;
        Some((variable, tree.bare(lvalue)))
    };
    tree.all().filter_map(given).collect()
}

//! Places: what members, dereferences and elements name, and what is read from them and written.

use std::rc::Rc;

use syn::{Expr, Member, UnOp};

use super::facts::{RustAccess, RustAccessKind, RustOutsideKind};
use super::guards::Bound;
use super::names::{is_bindings, plain};
use super::ty::Ty;
use super::walk::{Value, Walk, bare};
use crate::facts::Declaration;
use crate::text::Span;
use crate::types::Qualified;

/// What a value is wanted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Usage {
    Load,
    /// To be tested or compared.
    Test,
}

/// A place.
#[derive(Clone, Debug, Default)]
pub(super) struct Place {
    pub ty: Ty,
    /// No reader can see the object.
    pub unpublished: bool,
    /// The declaration of the member in C.
    pub declaration: Option<Declaration>,
    /// What was loaded for a reader and leads here.
    pub bound: Option<Rc<Bound>>,
    /// The value, if it is a variable.
    pub value: Option<Value>,
}

/// Whether an expression names a place.
pub(super) fn is_place(expr: &Expr) -> bool {
    match bare(expr) {
        Expr::Path(_) | Expr::Field(_) | Expr::Index(_) => true,
        Expr::Unary(unary) => matches!(unary.op, UnOp::Deref(_)),
        _ => false,
    }
}

impl Walk<'_, '_, '_> {
    /// The place that an expression names, without a read of it. What leads there is read.
    pub fn place(&mut self, expr: &Expr) -> Place {
        match bare(expr) {
            Expr::Path(path) => self.path(path),
            Expr::Field(field) => {
                let base = self.place(&field.base);
                let name = match &field.member {
                    Member::Named(name) => plain(name),
                    Member::Unnamed(index) => index.index.to_string(),
                };
                let unknown = base.ty == Ty::Unknown;
                let place = self.member(base, &name);
                if place.ty == Ty::Unknown && unknown && is_dereferenced(&field.base) {
                    self.untyped(expr, &name);
                }
                place
            }
            Expr::Index(index) => {
                let base = self.place(&index.expr);
                self.eval(&index.index);
                let ty = self.seen.resolved(&self.element(&base.ty));
                Place { ty, value: None, ..base }
            }
            Expr::Unary(unary) if matches!(unary.op, UnOp::Deref(_)) => {
                let pointer = self.eval(&unary.expr);
                self.follow(&pointer, expr);
                self.pointee(&pointer)
            }
            other => {
                let value = self.eval(other);
                let (ty, bound) = (value.ty.clone(), value.bound.clone());
                Place { ty, bound, unpublished: false, declaration: None, value: Some(value) }
            }
        }
    }

    /// What an array or a slice is made of, through references and what is like one.
    fn element(&self, ty: &Ty) -> Ty {
        let mut ty = ty.clone();
        for _ in 0..MOST_STEPS {
            match &ty {
                Ty::C(ty) => return self.bindings.element(ty).map(Ty::C).unwrap_or_default(),
                Ty::Slice(of) => return (**of).clone(),
                _ => {}
            }
            let Some(next) = self.seen.target(&ty) else { break };
            ty = next;
        }
        Ty::Unknown
    }

    /// What a pointer points to.
    pub fn pointee(&self, pointer: &Value) -> Place {
        let ty = match &pointer.ty {
            Ty::Pointer(to) | Ty::Reference(to) => self.seen.resolved(to),
            Ty::C(ty) => self.bindings.pointee(ty).map(Ty::C).unwrap_or_default(),
            other => self.seen.target(other).unwrap_or_default(),
        };
        let (bound, declaration) = (pointer.bound.clone(), pointer.slot.clone());
        Place { ty, bound, declaration, unpublished: pointer.unpublished, value: None }
    }

    /// A pointer is followed: it must not outlive what it was loaded in.
    pub fn follow(&mut self, pointer: &Value, at: &Expr) {
        let Some(bound) = pointer.bound.as_ref().filter(|bound| !bound.handed.get()) else {
            return;
        };
        if let Some(ended) = self.guards.over(bound) {
            bound.handed.set(true);
            let kind = RustOutsideKind::Stale { loaded: bound.loaded, ended };
            self.outside(self.span(at), kind);
        }
    }

    fn path(&mut self, path: &syn::ExprPath) -> Place {
        if let Some(variable) = path.path.get_ident().and_then(|name| self.variable(&plain(name))) {
            let value = variable.value.clone();
            let (ty, bound) = (value.ty.clone(), value.bound.clone());
            // An object that a variable holds is the function's own.
            let unpublished = !matches!(ty, Ty::Reference(_));
            return Place { ty, bound, unpublished, declaration: None, value: Some(value) };
        }
        let whole = self.names.whole(&path.path);
        let (name, before) = whole.split_last().map_or(("", &[][..]), |(n, b)| (n, b));
        match is_bindings(before.last().map(String::as_str)) {
            true => {
                let ty = self.bindings.global(name).map(Ty::C).unwrap_or_default();
                Place { ty, ..Place::default() }
            }
            false => Place::default(),
        }
    }

    /// A member, through references and what is like one.
    pub fn member(&self, base: Place, name: &str) -> Place {
        let mut ty = self.seen.resolved(&base.ty);
        let mut unpublished = base.unpublished;
        for _ in 0..MOST_STEPS {
            match &ty {
                Ty::Binding(_) | Ty::C(_) => {
                    let Some(of) = self.c(&ty) else { break };
                    let Some((ty, declaration)) = self.bindings.member(&of, name) else { break };
                    let (ty, bound) = (Ty::C(ty), base.bound);
                    return Place { ty, unpublished, declaration, bound, value: None };
                }
                Ty::Tuple(types) => {
                    let ty = name.parse().ok().and_then(|at: usize| types.get(at)).cloned();
                    return Place { ty: ty.unwrap_or_default(), unpublished, ..Place::default() };
                }
                Ty::Named(named) => {
                    if let Some(record) = self.seen.record(named) {
                        if let Some(ty) = record.member(name, &named.arguments) {
                            let ty = self.seen.resolved(&ty);
                            return Place { ty, unpublished, ..Place::default() };
                        }
                    }
                }
                _ => {}
            }
            let Some(next) = self.seen.target(&ty) else { break };
            unpublished = false;
            ty = next;
        }
        Place::default()
    }

    /// A type of the bindings as C declares it.
    pub fn c(&self, ty: &Ty) -> Option<Qualified> {
        match ty {
            Ty::C(ty) => Some(ty.clone()),
            Ty::Binding(name) => self.bindings.ty(name),
            _ => None,
        }
    }

    /// Whether a place holds a pointer that C declares `__rcu`.
    pub fn is_annotated(&self, place: &Place) -> bool {
        match &place.ty {
            Ty::C(ty) => self.bindings.is_annotated(ty),
            _ => false,
        }
    }

    /// The value of a place, read by the expression that names it or a call around it.
    pub fn load(&mut self, place: Place, usage: Usage, span: Span, named: Span) -> Value {
        if !self.is_annotated(&place) {
            let Place { ty, value, declaration, .. } = place;
            // An array is used by its address.
            let is_array = matches!(&ty, Ty::C(ty) if self.bindings.element(ty).is_some());
            let slot = declaration.filter(|_| is_array);
            return value.unwrap_or(Value { slot, ..Value::of(ty) });
        }
        let kind = match usage {
            Usage::Load => RustAccessKind::Load,
            Usage::Test => RustAccessKind::Test,
        };
        self.access(&place, kind, span, named);
        self.loaded(&place, span)
    }

    /// What a place holds that readers load from.
    pub fn loaded(&self, place: &Place, span: Span) -> Value {
        let Ty::C(ty) = &place.ty else { return Value::default() };
        let bound = self.guards.bound(span).map(Rc::new);
        Value { bound, ..Value::of(Ty::C(self.bindings.stripped(ty))) }
    }

    /// Notes an access to a pointer that C declares `__rcu`.
    pub fn access(&mut self, place: &Place, kind: RustAccessKind, span: Span, named: Span) {
        let Some(declaration) = place.declaration.clone() else { return };
        let access = RustAccess {
            function: self.function.clone(),
            span,
            expression: self.source.text(named),
            kind,
            unpublished: place.unpublished,
            declaration,
        };
        self.facts.accesses.push(access);
    }

    /// Notes a write, if the place is one of those.
    pub fn store(&mut self, place: &Place, value: &Value, volatile: bool, span: Span, named: Span) {
        if !self.is_annotated(place) {
            return;
        }
        let kind = match (value.null, volatile) {
            // There is nothing to be ordered before NULL.
            (true, true) => return,
            (true, false) => RustAccessKind::NullStore,
            (false, true) => RustAccessKind::VolatileStore,
            (false, false) => RustAccessKind::Store,
        };
        self.access(place, kind, span, named);
    }

    /// Counts a member by an annotated name of what has no type.
    fn untyped(&mut self, expr: &Expr, name: &str) {
        if (self.is_member)(name) {
            let reason = format!("the type of what holds {name} is not known");
            self.gap(self.span(expr), reason);
        }
    }
}

/// References to references are followed so far.
pub(super) const MOST_STEPS: usize = 8;

/// Whether a place lies behind a pointer or a reference that is followed: `*p`, `(*p).member`.
fn is_dereferenced(expr: &Expr) -> bool {
    match bare(expr) {
        Expr::Unary(unary) => matches!(unary.op, UnOp::Deref(_)),
        Expr::Field(field) => is_dereferenced(&field.base),
        _ => false,
    }
}

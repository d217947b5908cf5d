//! Types behind names: typedefs, `typeof`, types as text.

use std::sync::Arc;

use crate::syntax::{Field, Kind, NodeId, Tree};
use crate::types::decl::{Reader, named};
use crate::types::expr::{MAX_DEPTH, Typer};
use crate::types::{Qualified, Type};

impl Typer<'_, '_> {
    /// The type named by `(name)`, if the name names one.
    pub fn parenthesized_type(&self, tree: &Tree, node: NodeId) -> Option<Qualified> {
        if tree.kind(node) != Kind::ParenthesizedExpression {
            return None;
        }
        let inner = tree.first_child(node)?;
        if tree.kind(inner) != Kind::Identifier {
            return None;
        }
        let text = tree.text(inner);
        match named(text) {
            Type::Named(name) => {
                let local = self.scopes.find(text);
                let is_type = match local {
                    Some(local) => local.typedef,
                    None => self.typedef(&name).is_some(),
                };
                is_type.then(|| Qualified::plain(Type::Named(name)))
            }
            Type::Unknown => self.type_text(&String::from_utf8_lossy(text)),
            other => Some(Qualified::plain(other)),
        }
    }

    pub(super) fn typedef(&self, name: &str) -> Option<Qualified> {
        if let Some(local) = self.scopes.find(name.as_bytes()).filter(|local| local.typedef) {
            return Some(local.ty.clone());
        }
        let found = self.unit.ordinary(name);
        let mut typedefs = found.iter().filter(|f| f.what.typedef).map(|f| &f.what.ty);
        // Where definitions for different configurations differ, nothing is claimed.
        let first = typedefs.next();
        if let Some(first) = first {
            let Some(other) = typedefs.find(|ty| first.mentions_rcu() != ty.mentions_rcu()) else {
                return Some(first.clone());
            };
            self.unit.disputed.set(true);
            return Some(if first.mentions_rcu() { other } else { first }.clone());
        }
        // A macro may stand for a type.
        let macros = self.unit.macros(name);
        macros
            .iter()
            .filter(|f| f.what.parameters.is_none() && !f.what.body.is_empty())
            .find_map(|f| self.type_text(&f.what.body))
    }

    /// The type behind typedef names and `typeof`.
    pub fn resolve(&self, ty: &Qualified) -> Qualified {
        let mut ty = ty.clone();
        for _ in 0..24 {
            let next = match &ty.ty {
                Type::Named(name) => self.typedef(name),
                Type::Typeof(text) => self.type_of_text(text),
                _ => return ty,
            };
            match next {
                Some(next) => {
                    // As in sparse (`examine_symbol_type`), `typeof(*p)` is the type without the
                    // address space that `p` points into.
                    let space = next.rcu && !matches!(ty.ty, Type::Typeof(_));
                    ty = Qualified { rcu: ty.rcu || space, ty: next.ty };
                }
                None => return Qualified { ty: Type::Unknown, rcu: ty.rcu },
            }
        }
        Qualified { ty: Type::Unknown, rcu: ty.rcu }
    }

    /// The type with `typeof` replaced by what it means here: elsewhere the names in it may mean
    /// something else.
    pub(crate) fn without_typeof(&self, ty: &Qualified) -> Qualified {
        let inner = |to: &Arc<Qualified>| Arc::new(self.without_typeof(to));
        match &ty.ty {
            Type::Typeof(text) => {
                let found = self.type_of_text(text).unwrap_or(Qualified::plain(Type::Unknown));
                Qualified { rcu: ty.rcu, ty: found.ty }
            }
            // So may a typedef of the function.
            Type::Named(name) => match self.scopes.find(name.as_bytes()) {
                Some(local) if local.typedef => {
                    Qualified { rcu: ty.rcu || local.ty.rcu, ty: local.ty.ty.clone() }
                }
                _ => ty.clone(),
            },
            Type::Pointer(to) => Qualified { ty: Type::Pointer(inner(to)), rcu: ty.rcu },
            Type::Array(of) => Qualified { ty: Type::Array(inner(of)), rcu: ty.rcu },
            _ => ty.clone(),
        }
    }

    /// The pointee of a pointer in the RCU address space: `T` of `T __rcu *`.
    pub fn rcu_pointee(&self, ty: &Qualified) -> Option<Arc<Qualified>> {
        match self.resolve(ty).ty {
            Type::Pointer(to) if to.rcu || self.resolve(&to).rcu => Some(to),
            _ => None,
        }
    }

    /// A pointer type without the annotation of what it points to.
    pub fn stripped(&self, ty: &Qualified) -> Qualified {
        match self.resolve(ty).ty {
            Type::Pointer(to) => {
                let inner = if to.rcu { to.ty.clone() } else { self.resolve(&to).ty };
                Qualified::plain(inner).pointer()
            }
            _ => ty.clone(),
        }
    }

    pub(super) fn descriptor(&self, tree: &Tree, node: NodeId) -> Qualified {
        let mut records = Vec::new();
        let ty = Reader { tree, records: &mut records }.descriptor(node);
        self.unit.add_local_records(records);
        ty
    }

    /// The type named by a text, or that of the expression in it: what `typeof` takes.
    pub fn type_of_text(&self, text: &str) -> Option<Qualified> {
        self.enter(|| {
            let tree = self.unit.snippet(&format!("(void)sizeof({text})"))?;
            let node = tree.all().find(|node| tree.kind(*node) == Kind::SizeofExpression)?;
            if let Some(ty) = tree.child(node, Field::Type) {
                return Some(self.descriptor(&tree, ty));
            }
            let value = tree.child(node, Field::Value)?;
            if let Some(ty) = self.parenthesized_type(&tree, value) {
                return Some(ty);
            }
            self.typed(&tree, value).ok().map(|typed| typed.ty)
        })
    }

    /// The type that a text names; `None` where it is no type.
    pub fn type_text(&self, text: &str) -> Option<Qualified> {
        self.enter(|| {
            let tree = self.unit.snippet(&format!("(void)sizeof({text})"))?;
            let node = tree.all().find(|node| tree.kind(*node) == Kind::SizeofExpression)?;
            if let Some(ty) = tree.child(node, Field::Type) {
                return Some(self.descriptor(&tree, ty));
            }
            self.parenthesized_type(&tree, tree.child(node, Field::Value)?)
        })
    }

    /// Runs something that may come back here, unless it already did too often.
    pub(super) fn enter<T>(&self, run: impl FnOnce() -> Option<T>) -> Option<T> {
        if self.depth.get() > MAX_DEPTH {
            return None;
        }
        self.depth.set(self.depth.get() + 3);
        let result = run();
        self.depth.set(self.depth.get() - 3);
        result
    }
}

//! Stores through initialisers: `{ .member = value }`, `static T __rcu *variable = value;`.

use std::sync::Arc;

use crate::facts::usage::is_null;
use crate::facts::walk::Walk;
use crate::facts::{Access, Fate, Storage, Store, StoreKind, Usage};
use crate::index::IndexedFile;
use crate::syntax::{Field, Kind, NodeId};
use crate::text::Span;
use crate::types::{Qualified, Site, Type};

impl Walk<'_, '_, '_> {
    /// What an initialiser stores into an object of this type that `site` declares.
    pub(super) fn initializer(
        &mut self,
        value: NodeId,
        ty: &Qualified,
        site: Option<&Site>,
        storage: Storage,
    ) {
        let tree = self.tree;
        if tree.kind(value) != Kind::InitializerList {
            self.initialized(value, ty, site, storage);
            return;
        }
        let resolved = self.uses.typer(&self.scopes).resolve(ty);
        let element = match &resolved.ty {
            Type::Array(of) => Some((**of).clone()),
            _ => None,
        };
        for (index, child) in tree.children(value).enumerate() {
            if tree.kind(child) != Kind::InitializerPair {
                let nth = match &element {
                    Some(element) => Some((element.clone(), site.cloned())),
                    None => self.uses.typer(&self.scopes).nth_member(&resolved, index),
                };
                if let Some((ty, site)) = nth.filter(|_| !self.is_designated_by_macro(child)) {
                    self.initializer(child, &ty, site.as_ref(), storage);
                }
                continue;
            }
            let Some(value) = tree.child(child, Field::Value) else { continue };
            let Some((ty, site)) = self.designated(child, &resolved, site) else { continue };
            self.initializer(value, &ty, site.as_ref(), storage);
        }
    }

    /// `RCU_POINTER_INITIALIZER(member, value)` stands for a designated initialiser.
    fn is_designated_by_macro(&self, node: NodeId) -> bool {
        let tree = self.tree;
        tree.kind(node) == Kind::CallExpression
            && tree.child(node, Field::Function).is_some_and(|function| {
                let name = String::from_utf8_lossy(tree.text(function));
                let macros = self.uses.unit.macros(&name);
                macros.iter().any(|found| found.what.body.trim_start().starts_with('.'))
            })
    }

    /// The type that `.a.b[c] =` names.
    fn designated(
        &self,
        pair: NodeId,
        ty: &Qualified,
        site: Option<&Site>,
    ) -> Option<(Qualified, Option<Site>)> {
        let tree = self.tree;
        let typer = self.uses.typer(&self.scopes);
        let (mut ty, mut site) = (ty.clone(), site.cloned());
        for part in tree.children(pair).filter(|part| tree.field(*part) == Field::Designator) {
            if tree.kind(part) == Kind::FieldDesignator {
                let name = tree.first_child(part)?;
                let name = String::from_utf8_lossy(tree.text(name)).into_owned();
                let (member, declared) = typer.member(&ty, &name).ok()?;
                (ty, site) = (member, Some(declared));
            } else {
                match typer.resolve(&ty).ty {
                    Type::Array(of) => ty = (*of).clone(),
                    _ => return None,
                }
            }
        }
        Some((ty, site))
    }

    fn initialized(
        &mut self,
        value: NodeId,
        ty: &Qualified,
        site: Option<&Site>,
        storage: Storage,
    ) {
        let Some(site) = site else { return };
        let typer = self.uses.typer(&self.scopes);
        if is_null(self.tree, value) {
            return;
        }
        if typer.rcu_pointee(ty).is_none() {
            let declared = self.declaration_at(&site.file, site.span, site.name.clone());
            self.initialized_with(value, ty, Some(declared));
            return;
        }
        if self.already_annotated(value) {
            return;
        }
        let value = self.tree.file_span(value);
        let expression = site.name.rsplit('.').next().unwrap_or(&site.name).to_owned();
        let declaration = self.declaration_at(&site.file, site.span, site.name.clone());
        self.accesses.push(Access {
            function: self.function.clone(),
            span: value,
            expression,
            definition: None,
            usage: Usage::Store(Store {
                whole: value,
                value: Some(value),
                how: StoreKind::Initializer,
            }),
            fate: Fate::Followed,
            dying: false,
            against_annotated: false,
            scope: Vec::new(),
            storage,
            declaration,
            protection: crate::facts::Protection::Unknown,
            context: crate::flow::context::Context::default(),
            through_macro: None,
            call: None,
            condition: self.condition.clone(),
            owner: None,
        });
    }

    /// Whether a value already has the annotation: `RCU_INITIALIZER(x)`, `(T __force __rcu *)x`.
    fn already_annotated(&self, value: NodeId) -> bool {
        let typer = self.uses.typer(&self.scopes);
        typer.typed(self.tree, value).is_ok_and(|t| typer.rcu_pointee(&t.ty).is_some())
    }

    /// The declaration of a variable of the file at hand.
    pub(super) fn own_site(&self, span: Span, name: &Arc<str>) -> Site {
        let file: Arc<IndexedFile> = self.uses.unit.file.clone();
        Site { file, span, name: name.to_string() }
    }
}

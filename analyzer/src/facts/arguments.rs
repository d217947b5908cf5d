//! What calls do to the address space: arguments against parameters, operations that store through
//! a pointer, and definitions against declarations.

use std::sync::Arc;

use crate::facts::conversions::Target;
use crate::facts::names::Role;
use crate::facts::walk::Walk;
use crate::facts::{Conversion, ConversionKind};
use crate::index::IndexedFile;
use crate::kernel::{Operand, api};
use crate::syntax::{Field, Kind, NodeId};
use crate::types::{Mismatch, Qualified, Signature, Type};

impl Walk<'_, '_, '_> {
    /// The arguments of a function, and of operations that store in what they point to.
    pub(super) fn arguments(&mut self, call: NodeId) {
        let tree = self.tree;
        let (Some(function), Some(list)) =
            (tree.child(call, Field::Function), tree.child(call, Field::Arguments))
        else {
            return;
        };
        let bare = tree.bare(function);
        let named = tree.kind(bare) == Kind::Identifier;
        let name = tree.text(bare);
        let arguments: Vec<NodeId> = tree.children(list).collect();
        if named && api().accessors.contains_key(name) {
            return;
        }
        if let Some(operation) = api().operations.get(name).filter(|_| named) {
            let stores = match operation.usage {
                Operand::MarkedStore => &[1][..],
                _ => &operation.stores[..],
            };
            let Some(first) = arguments.first().filter(|first| {
                self.may_lead(**first) || arguments.iter().any(|other| self.may_lead(*other))
            }) else {
                return;
            };
            let Some(first) = self.typed(*first) else { return };
            let typer = self.uses.typer(&self.scopes);
            let stored = match operation.usage {
                // A plain store to an `__rcu` lvalue is reported as such.
                Operand::MarkedStore if self.is_plain_read(&first) => None,
                Operand::MarkedStore => Some(Arc::new(first.ty.clone())),
                _ => typer.points_to(&first.ty),
            };
            if operation.casts && self.is_plain_read_by_value(&first) {
                let void = Qualified::plain(Type::Void).pointer();
                let how = ConversionKind::CastBy(String::from_utf8_lossy(name).into_owned());
                let lost = Mismatch { level: 0, adds: false };
                self.convert(arguments[0], &first, lost, &Target::new(&void, how));
            }
            let declaration = self.site_of(&first);
            for (index, argument) in arguments.iter().enumerate() {
                let ty = if stores.contains(&index) {
                    stored.as_deref()
                } else {
                    operation.like.contains(&index).then_some(&first.ty)
                };
                let Some(ty) = ty else { continue };
                let how = ConversionKind::Passed(String::from_utf8_lossy(name).into_owned());
                let exchange = operation.usage == Operand::Address;
                let declaration = declaration.clone();
                let target = Target { declaration, exchange, ..Target::new(ty, how) };
                self.give(*argument, &target);
            }
            return;
        }
        let callee_matters = if named {
            self.scopes.find(name).is_some() || self.is_ordinary(name)
        } else {
            self.may_lead(function)
        };
        if !callee_matters && !arguments.iter().any(|argument| self.may_lead(*argument)) {
            return;
        }
        let is_macro = named && self.scopes.find(name).is_none() && {
            let macros = self.uses.unit.macros(&String::from_utf8_lossy(name));
            macros.iter().any(|found| found.what.parameters.is_some())
        };
        if is_macro {
            return;
        }
        let Some(callee) = self.typed(function) else { return };
        let Some(signature) = self.signature(&callee.ty) else { return };
        if self.is_plain_read_by_value(&callee) {
            self.followed(function, &callee);
        }
        for (parameter, argument) in signature.parameters.iter().zip(&arguments) {
            if parameter.force {
                continue;
            }
            let how = ConversionKind::Passed(String::from_utf8_lossy(name).into_owned());
            let declaration = callee.site.as_ref().filter(|_| named).map(|site| {
                let name = parameter.name.as_deref().unwrap_or("parameter").to_owned();
                self.declaration_at(&site.file, parameter.span, name)
            });
            let target = Target { declaration, ..Target::new(&parameter.ty, how) };
            self.give(*argument, &target);
        }
    }

    fn signature(&self, callee: &Qualified) -> Option<Arc<Signature>> {
        let typer = self.uses.typer(&self.scopes);
        let mut ty = typer.resolve(callee);
        for _ in 0..3 {
            match ty.ty {
                Type::Function(signature) => return Some(signature),
                Type::Pointer(to) => ty = typer.resolve(&to),
                _ => return None,
            }
        }
        None
    }

    /// Compares a function's definition with the other declarations of it that the file sees.
    pub(super) fn redeclared(&mut self, definition: NodeId) {
        let unit = self.uses.unit;
        let mut records = Vec::new();
        let own = crate::types::read_declaration(self.tree, definition, &mut records);
        let Some(own) = own.into_iter().find(|one| matches!(one.ty.ty, Type::Function(_))) else {
            return;
        };
        if !self.names.visible(own.name.as_bytes(), Role::Ordinary) {
            return;
        }
        let typer = self.uses.typer(&self.scopes);
        let others = unit.ordinary(&own.name);
        let found = others.iter().filter(|other| !other.what.typedef).find_map(|other| {
            let mismatch = typer.undisputed(|| typer.mismatch(&other.what.ty, &own.ty))?;
            Some((other, mismatch))
        });
        let Some((other, mismatch)) = found else { return };
        let declared =
            |file: &IndexedFile, span| Some(self.declaration_at(file, span, own.name.to_string()));
        self.conversions.push(Conversion {
            function: self.function.clone(),
            span: own.span,
            expression: own.name.to_string(),
            definition: None,
            how: ConversionKind::Redeclared,
            from: typer.spell(&own.ty),
            to: typer.spell(&other.what.ty),
            level: mismatch.level,
            adds: mismatch.adds,
            through_macro: None,
            exchange: false,
            value: declared(&unit.file, own.span),
            target: declared(&other.file, other.what.span),
            condition: self.condition_at(own.span),
        });
    }
}

//! Accessors applied to what no declaration annotates.

use crate::facts::insertion::insertion;
use crate::facts::walk::Walk;
use crate::facts::{Declaration, Insertion, Unannotated};
use crate::kernel::api;
use crate::syntax::{Field, Kind, NodeId};
use crate::types::{Base, Qualified, Type, Typed};

impl Walk<'_, '_, '_> {
    /// Whether a call is that of an accessor whose operand is not annotated. sparse says so in
    /// `rcu_check_sparse()` (`include/linux/rcupdate.h`), which compares the types.
    pub(super) fn accessor(&mut self, call: NodeId) {
        let tree = self.tree;
        let Some(function) = tree.child(call, Field::Function).map(|at| tree.bare(at)) else {
            return;
        };
        let name = tree.text(function);
        let Some(accessor) = api().accessors.get(name).filter(|accessor| !accessor.unchecked)
        else {
            return;
        };
        let list = tree.child(call, Field::Arguments);
        let Some(operand) =
            list.and_then(|list| tree.children(list).nth(accessor.pointer))
        else {
            return;
        };
        let typer = self.uses.typer(&self.scopes);
        let typed = typer.undisputed(|| {
            let typed = typer.typed(tree, operand).ok()?;
            let Type::Pointer(to) = typer.resolve(&typed.ty).ty else { return None };
            (typer.in_rcu_space(&to) == Some(false)).then_some(typed)
        });
        let Some(typed) = typed else { return };
        let (Some(spot), Some(called)) = (self.spot(operand), self.spot(call)) else { return };
        let container = self.container(operand);
        let (declaration, insertion) = match &container {
            Some(_) => (None, None),
            None => self.unannotated_declaration(&typed),
        };
        let ty = typer.spell(&typed.ty);
        self.unannotated.push(Unannotated {
            function: self.function.clone(),
            condition: self.condition_at(called.span),
            span: called.span,
            expression: spot.expression,
            definition: spot.definition,
            accessor: String::from_utf8_lossy(name).into_owned(),
            ty,
            declaration,
            insertion,
            container,
        });
    }

    /// The tag of the generic container whose link an expression is.
    fn container(&self, node: NodeId) -> Option<String> {
        let tree = self.tree;
        let bare = tree.bare(node);
        let typer = self.uses.typer(&self.scopes);
        let tag = match tree.kind(bare) {
            Kind::FieldExpression => {
                let object = typer.typed(tree, tree.child(bare, Field::Argument)?).ok()?;
                let record = match tree.operator(bare) {
                    b"->" => (*typer.points_to(&object.ty)?).clone(),
                    _ => object.ty,
                };
                self.tag(&record)
            }
            // `*pprev`, `**slot`: a link by its address.
            Kind::PointerExpression | Kind::Identifier | Kind::SubscriptExpression => {
                let typed = typer.typed(tree, bare).ok()?;
                self.tag(&*typer.points_to(&typed.ty)?)
            }
            _ => None,
        }?;
        api().containers.contains(tag.as_bytes()).then_some(tag)
    }

    /// Whether something is a generic container's head or node.
    pub(super) fn is_container(&self, ty: &Qualified) -> bool {
        self.tag(ty).is_some_and(|tag| api().containers.contains(tag.as_bytes()))
    }

    fn tag(&self, ty: &Qualified) -> Option<String> {
        match self.uses.typer(&self.scopes).resolve(ty).ty {
            Type::Tag(tag) => Some(tag.to_string()),
            Type::Record(record) => record.tag.as_deref().map(str::to_owned),
            _ => None,
        }
    }

    fn unannotated_declaration(
        &self,
        typed: &Typed,
    ) -> (Option<Declaration>, Option<Insertion>) {
        let Some(site) = &typed.site else { return (None, None) };
        let declaration = self.declaration_at(&site.file, site.span, site.name.clone());
        let name = site.name.rsplit(['.', ' ']).next().unwrap_or(&site.name);
        let mut levels = 0;
        let mut ty = &typed.ty;
        while let Type::Pointer(to) = &ty.ty {
            levels += 1;
            ty = to;
        }
        // What a function returns is declared with it, but stored somewhere else.
        let stored = typed.base != Base::Value;
        let insertion = (stored && levels > 0)
            .then(|| insertion(&site.file, site.span, name, levels))
            .flatten();
        (Some(declaration), insertion)
    }
}

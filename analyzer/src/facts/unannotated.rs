//! Accessors applied to what no declaration annotates.

use crate::facts::file::arms;
use crate::facts::insertion::insertion;
use crate::facts::walk::Walk;
use crate::facts::{Declaration, Insertion, Unannotated};
use crate::index::IndexedFile;
use crate::items::Item;
use crate::kernel::api;
use crate::syntax::{Field, Kind, NodeId};
use crate::text::Span;
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
        let Some(operand) = list.and_then(|list| tree.children(list).nth(accessor.pointer)) else {
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
        let declarations = match &container {
            Some(_) => Vec::new(),
            None => self.unannotated_declarations(&typed),
        };
        // An argument's text tells what was given.
        let given = spot.expression.as_bytes();
        let direct = match tree.kind(tree.bare(operand)) {
            _ if self.is_argument(operand) => !given.starts_with(b"*") && !given.ends_with(b"]"),
            kind => matches!(kind, Kind::FieldExpression | Kind::Identifier),
        };
        let ty = typer.spell(&typed.ty);
        let annotated = match typer.resolve(&typed.ty).ty {
            Type::Pointer(to) => typer.spell(&Qualified { rcu: true, ty: to.ty.clone() }.pointer()),
            _ => ty.clone(),
        };
        self.unannotated.push(Unannotated {
            function: self.function.clone(),
            condition: self.condition_of(called.span, spot.definition.as_ref()),
            span: called.span,
            expression: spot.expression,
            definition: spot.definition,
            accessor: String::from_utf8_lossy(name).into_owned(),
            ty,
            annotated,
            direct,
            declared_under: typed
                .site
                .as_ref()
                .filter(|_| !declarations.is_empty())
                .and_then(|site| condition_around(&site.file, site.span)),
            declarations,
            container,
        });
    }

    /// The tag of the generic container whose link an expression is.
    pub(super) fn container(&self, node: NodeId) -> Option<String> {
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

    pub(super) fn tag(&self, ty: &Qualified) -> Option<String> {
        match self.uses.typer(&self.scopes).resolve(ty).ty {
            Type::Tag(tag) => Some(tag.to_string()),
            Type::Record(record) => record.tag.as_deref().map(str::to_owned),
            _ => None,
        }
    }

    pub(super) fn unannotated_declarations(
        &self,
        typed: &Typed,
    ) -> Vec<(Declaration, Option<Insertion>)> {
        let Some(site) = &typed.site else { return Vec::new() };
        let name = site.name.rsplit(['.', ' ']).next().unwrap_or(&site.name);
        let mut levels = 0;
        let mut ty = &typed.ty;
        while let Type::Pointer(to) = &ty.ty {
            levels += 1;
            ty = to;
        }
        // What a function returns is declared with it, but stored somewhere else.
        let known = self.uses.unit.ordinary(name);
        let returned = known.iter().any(|found| {
            found.what.span == site.span
                && found.file.shown == site.file.shown
                && matches!(found.what.ty.ty, Type::Function(_))
        });
        let stored = typed.base != Base::Value && levels > 0 && !returned;
        let declared = |file: &IndexedFile, span: Span| {
            let place = stored.then(|| insertion(file, span, name, levels)).flatten();
            (self.declaration_at(file, span, site.name.clone()), place)
        };
        let mut all = vec![declared(&site.file, site.span)];
        // A global that a header declares as well: that is what other files see.
        if *name == *site.name && self.scopes.find(name.as_bytes()).is_none() {
            for other in known.iter().filter(|other| !other.what.typedef) {
                let other = declared(&other.file, other.what.span);
                if !all.contains(&other) {
                    all.push(other);
                }
            }
            all.sort_by_key(|(at, _)| (!at.shown.ends_with(".h"), at.shown.clone(), at.span));
        }
        all
    }
}

/// Whether a variable is declared by `DEFINE_PER_CPU()` or its like: each CPU has its own. Source:
/// include/linux/percpu-defs.h.
pub(super) fn is_per_cpu(file: &IndexedFile, span: Span) -> bool {
    item_around(file, span).is_some_and(|item| {
        let declared = Span { start: item.span.start, end: span.end };
        memchr::memmem::find(file.source().slice(declared), b"_PER_CPU").is_some()
    })
}

fn item_around(file: &IndexedFile, span: Span) -> Option<&Item> {
    let items = &file.items.items;
    let after = items.partition_point(|item| item.span.start <= span.start);
    items[..after].iter().rev().find(|item| item.span.contains(span))
}

/// The preprocessor condition of the arm in which something stands, if it stands in one.
pub(super) fn condition_around(file: &IndexedFile, span: Span) -> Option<String> {
    let item = item_around(file, span)?;
    let arms = arms(file.text(item), item.span.start);
    let inside = arms.into_iter().rev().find(|(arm, _)| arm.contains(span));
    inside.map(|(_, condition)| condition).or_else(|| item.arm.map(|arm| file.source().text(arm)))
}

//! Values given to something of another address space, and annotated values that are followed.
//!
//! Plain reads and writes of shared `__rcu` lvalues are accesses ([`Walk::look`]); what is left is
//! the rest of the type system: results, parameters and copies, and pointers to annotated pointers.

use std::sync::Arc;

use crate::facts::walk::Walk;
use crate::facts::{Conversion, ConversionKind, Declaration};
use crate::kernel::{Operand, api};
use crate::syntax::{Field, Kind, NodeId, Tree};
use crate::types::{Base, Mismatch, Qualified, Type, Typed};

/// What a value is given to.
pub(super) struct Target<'t> {
    pub ty: &'t Qualified,
    pub how: ConversionKind,
    pub declaration: Option<Declaration>,
    pub exchange: bool,
    /// The expression that stands for it.
    pub node: Option<NodeId>,
}

impl Walk<'_, '_, '_> {
    /// The conversions that an expression or statement makes by itself.
    pub(super) fn conversions(&mut self, node: NodeId) {
        let tree = self.tree;
        let child = |field| tree.child(node, field);
        match tree.kind(node) {
            Kind::CallExpression => self.arguments(node),
            Kind::AssignmentExpression if tree.operator(node) == b"=" => {
                if let (Some(left), Some(right)) = (child(Field::Left), child(Field::Right)) {
                    self.assigned(left, right);
                }
            }
            Kind::ReturnStatement => {
                if let (Some(value), Some(ty)) = (tree.first_child(node), self.result.clone()) {
                    self.give(value, &Target::new(&ty, ConversionKind::Returned));
                }
            }
            Kind::BinaryExpression => {
                let compares = matches!(
                    tree.operator(node),
                    b"==" | b"!=" | b"<" | b">" | b"<=" | b">=" | b"-"
                );
                if let (true, Some(left), Some(right)) =
                    (compares, child(Field::Left), child(Field::Right))
                {
                    self.both(left, right, ConversionKind::Compared);
                }
            }
            Kind::ConditionalExpression => {
                let first = child(Field::Consequence).or_else(|| child(Field::Condition));
                if let (Some(first), Some(second)) = (first, child(Field::Alternative)) {
                    self.both(first, second, ConversionKind::Selected);
                }
            }
            Kind::CastExpression => {
                if self.wanted().dealings {
                    self.dealing_of_cast(node);
                }
                self.cast(node);
            }
            Kind::FieldExpression if tree.operator(node) == b"->" => self.follow(node),
            Kind::PointerExpression if tree.operator(node) == b"*" => self.follow(node),
            Kind::SubscriptExpression => self.follow(node),
            _ => {}
        }
    }

    pub(super) fn typed(&self, node: NodeId) -> Option<Typed> {
        let typer = self.uses.typer(&self.scopes);
        typer.undisputed(|| typer.typed(self.tree, node).ok())
    }

    /// Whether a value is read from a shared `__rcu` lvalue, which is reported as such.
    pub(super) fn is_plain_read(&self, typed: &Typed) -> bool {
        !matches!(typed.base, Base::Local | Base::Value)
            && self.uses.typer(&self.scopes).rcu_pointee(&typed.ty).is_some()
    }

    fn assigned(&mut self, left: NodeId, right: NodeId) {
        if !self.may_lead(left) && !self.may_lead(right) {
            return;
        }
        let Some(target) = self.typed(left) else { return };
        // A plain store is reported as such.
        if self.is_plain_read(&target) {
            return;
        }
        let declaration = self.site_of(&target);
        let node = Some(left);
        let target =
            Target { declaration, node, ..Target::new(&target.ty, ConversionKind::Assigned) };
        self.give(right, &target);
    }

    /// A variable or member that is initialised.
    pub(super) fn initialized_with(
        &mut self,
        value: NodeId,
        ty: &Qualified,
        declaration: Option<Declaration>,
    ) {
        if self.is_annotated(ty) || self.may_lead(value) {
            let target = Target { declaration, ..Target::new(ty, ConversionKind::Initialized) };
            self.give(value, &target);
        }
    }

    /// Gives the value of an expression to `target`: each value that it may have by itself.
    pub(super) fn give(&mut self, value: NodeId, target: &Target<'_>) {
        let tree = self.tree;
        let bare = tree.bare(value);
        match tree.kind(bare) {
            Kind::ConditionalExpression => {
                let first = tree.child(bare, Field::Consequence);
                let first = first.or_else(|| tree.child(bare, Field::Condition));
                for arm in [first, tree.child(bare, Field::Alternative)].into_iter().flatten() {
                    self.give(arm, target);
                }
            }
            Kind::CommaExpression => {
                if let Some(last) = tree.child(bare, Field::Right) {
                    self.give(last, target);
                }
            }
            Kind::InitializerList => {}
            _ if is_null_constant(tree, bare) => {}
            _ => {
                if !self.is_annotated(target.ty) && !self.may_lead(bare) {
                    return;
                }
                let typer = self.uses.typer(&self.scopes);
                let Some(typed) = typer.undisputed(|| typer.typed(tree, bare).ok()) else {
                    return;
                };
                let read = self.is_plain_read(&typed);
                match typer.undisputed(|| typer.mismatch(target.ty, &typed.ty)) {
                    Some(found) if found.level > 0 || !read => {
                        self.convert(value, &typed, found, target);
                    }
                    Some(_) => {}
                    None if read && typer.rcu_pointee(target.ty).is_some() => {
                        self.copied.push(bare);
                    }
                    None if read && typer.resolve(target.ty).ty == Type::BOOL => {
                        self.tested.push(bare);
                    }
                    None => {}
                }
            }
        }
    }

    /// Two values that should have one type.
    fn both(&mut self, left: NodeId, right: NodeId, how: ConversionKind) {
        if !self.may_lead(left) && !self.may_lead(right)
            || is_null_constant(self.tree, left)
            || is_null_constant(self.tree, right)
        {
            return;
        }
        let (Some(first), Some(second)) = (self.typed(left), self.typed(right)) else { return };
        let typer = self.uses.typer(&self.scopes);
        let Some(found) = typer.mismatch(&first.ty, &second.ty) else {
            // An accessor on one of them would leave the other annotated.
            for (node, typed, other) in [(left, &first, &second), (right, &second, &first)] {
                if self.is_plain_read(typed) && self.is_plain_read_by_value(other) {
                    self.copied.push(self.tree.bare(node));
                }
            }
            return;
        };
        // The annotated one is the one to report.
        let (node, typed, other) =
            if found.adds { (left, &first, &second) } else { (right, &second, &first) };
        if found.level == 0 && (self.is_plain_read(&first) || self.is_plain_read(&second)) {
            return;
        }
        let declaration = self.site_of(other);
        let other_node = Some(if found.adds { right } else { left });
        let target = Target { declaration, node: other_node, ..Target::new(&other.ty, how) };
        self.convert(node, typed, Mismatch { adds: false, ..found }, &target);
    }

    /// Whether something is an annotated pointer, but no lvalue that others share.
    pub(super) fn is_plain_read_by_value(&self, typed: &Typed) -> bool {
        matches!(typed.base, Base::Local | Base::Value)
            && self.uses.typer(&self.scopes).rcu_pointee(&typed.ty).is_some()
    }

    /// `p->member`, `*p`, `p[i]`.
    fn follow(&mut self, node: NodeId) {
        let Some(pointer) = self.tree.child(node, Field::Argument) else { return };
        if !self.may_lead(pointer) {
            return;
        }
        let Some(typed) = self.typed(pointer) else { return };
        if self.is_plain_read_by_value(&typed) && !self.only_located(node) {
            self.followed(pointer, &typed);
        }
    }

    /// Whether an lvalue is only located, not read: `&p->member`, `p->array`.
    fn only_located(&self, mut node: NodeId) -> bool {
        let tree = self.tree;
        let typer = self.uses.typer(&self.scopes);
        let is_array = |node| {
            let typed = typer.typed(tree, node);
            typed.is_ok_and(|typed| matches!(typer.resolve(&typed.ty).ty, Type::Array(_)))
        };
        loop {
            let Some(parent) = tree.parent(node) else { return false };
            match tree.kind(parent) {
                Kind::ParenthesizedExpression => {}
                Kind::PointerExpression if tree.operator(parent) == b"&" => return true,
                Kind::FieldExpression if tree.operator(parent) == b"." => {}
                Kind::SubscriptExpression if tree.field(node) == Field::Argument => {}
                // `*array`
                Kind::PointerExpression if is_array(node) => {}
                _ => return is_array(node),
            }
            node = parent;
        }
    }

    pub(super) fn followed(&mut self, pointer: NodeId, typed: &Typed) {
        let target = Target::new(&typed.ty, ConversionKind::Followed);
        self.convert(pointer, typed, Mismatch { level: 0, adds: false }, &target);
    }

    /// A cast that changes the address space. As in sparse (`evaluate_cast`), one to a number as
    /// wide as an address says that it is meant; `void` discards the value.
    fn cast(&mut self, node: NodeId) {
        let tree = self.tree;
        let (Some(descriptor), Some(value)) =
            (tree.child(node, Field::Type), tree.child(node, Field::Value))
        else {
            return;
        };
        let head = &tree.text[tree.span(node).start as usize..tree.span(value).start as usize];
        let mentioned = memchr::memmem::find(head, b"__rcu").is_some();
        if memchr::memmem::find(head, b"__force").is_some()
            || !(mentioned || self.may_lead(descriptor) || self.may_lead(value))
        {
            return;
        }
        let Some(to) = self.typed(node) else { return };
        let typer = self.uses.typer(&self.scopes);
        if typer.rcu_pointee(&to.ty).is_some() {
            // An accessor inside the cast would come with a type that the cast makes annotated.
            self.copied.push(tree.bare(value));
        }
        let found = typer.undisputed(|| {
            let typed = typer.typed(tree, value).ok()?;
            let to_type = typer.resolve(&to.ty).ty;
            let number = matches!(to_type, Type::Number(_)) && to_type != Type::WORD;
            let mismatch = match typer.rcu_pointee(&typed.ty).filter(|_| number) {
                Some(_) => Mismatch { level: 0, adds: false },
                None => typer.mismatch(&to.ty, &typed.ty)?,
            };
            Some((typed, mismatch))
        });
        let Some((typed, mismatch)) = found else { return };
        let link = |ty: &Qualified| {
            let mut at = Arc::new(ty.clone());
            while let Some(next) = typer.points_to(&at) {
                at = next;
            }
            self.is_container(&at)
        };
        if mismatch.level == 0 && self.is_plain_read(&typed) || mismatch.adds && link(&to.ty) {
            return;
        }
        let target = Target::new(&to.ty, ConversionKind::Cast);
        self.convert(node, &typed, mismatch, &target);
    }

    pub(super) fn convert(
        &mut self,
        node: NodeId,
        typed: &Typed,
        mismatch: Mismatch,
        target: &Target<'_>,
    ) {
        let Some(mut spot) = self.spot(node) else { return };
        // Where a macro is given something of the wrong type, the macro is not to blame.
        let given = target.node.filter(|target| self.is_argument(*target));
        if let (Some(_), Some(given)) = (&spot.definition, given) {
            let Some(at) = self.spot(given) else { return };
            (spot.span, spot.definition) = (at.span, at.definition);
        }
        let typer = self.uses.typer(&self.scopes);
        let followed = target.how == ConversionKind::Followed;
        let to = if followed { String::new() } else { typer.spell(target.ty) };
        let from = typer.spell(&typed.ty);
        let exchange = target.exchange || self.is_exchange(node);
        let through_macro = match (&self.body, &spot.definition) {
            (Some(body), None) => Some(body.name().to_owned()),
            _ => None,
        };
        let conversion = Conversion {
            through_macro,
            function: self.function.clone(),
            condition: self.condition_of(spot.span, spot.definition.as_ref()),
            span: spot.span,
            expression: spot.expression,
            definition: spot.definition,
            how: target.how.clone(),
            from,
            to,
            level: mismatch.level,
            adds: mismatch.adds,
            exchange,
            value: self.site_of(typed),
            target: target.declaration.clone(),
        };
        self.conversions.push(conversion);
    }

    /// Whether a value is what an exchange returned.
    fn is_exchange(&self, node: NodeId) -> bool {
        let tree = self.tree;
        let bare = tree.bare(node);
        tree.kind(bare) == Kind::CallExpression
            && tree.child(bare, Field::Function).is_some_and(|function| {
                let operation = api().operations.get(tree.text(tree.bare(function)));
                operation.is_some_and(|operation| {
                    operation.usage == Operand::Address && !operation.stores.is_empty()
                })
            })
    }

    pub(super) fn site_of(&self, typed: &Typed) -> Option<Declaration> {
        let site = typed.site.as_ref()?;
        Some(self.declaration_at(&site.file, site.span, site.name.clone()))
    }
}

/// A null pointer constant: `NULL`, `0`, `(void *)0`. It has every type.
fn is_null_constant(tree: &Tree, node: NodeId) -> bool {
    let bare = tree.bare(node);
    let squeezed = |node| tree.text(node).iter().filter(|b| !b.is_ascii_whitespace());
    match tree.kind(bare) {
        Kind::Null => true,
        Kind::NumberLiteral => {
            let (first, rest) = tree.text(bare).split_at(1);
            first == b"0" && rest.iter().all(|byte| b"uUlL".contains(byte))
        }
        Kind::Identifier => tree.text(bare) == b"NULL",
        Kind::CastExpression => {
            let to_void = tree.child(bare, Field::Type);
            to_void.is_some_and(|ty| squeezed(ty).eq(b"void*"))
                && tree.child(bare, Field::Value).is_some_and(|v| is_null_constant(tree, v))
        }
        _ => false,
    }
}

impl<'t> Target<'t> {
    pub(super) fn new(ty: &'t Qualified, how: ConversionKind) -> Target<'t> {
        Target { ty, how, declaration: None, exchange: false, node: None }
    }
}

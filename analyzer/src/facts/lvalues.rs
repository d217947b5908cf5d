//! The `__rcu` lvalues that code touches: which expressions are, what they are called, and where
//! they are declared.

use crate::facts::names::Role;
use crate::facts::unannotated::condition_around;
use crate::facts::usage::Outcome;
use crate::facts::walk::Walk;
use crate::facts::{
    Access, Context, Declaration, Fate, Flavour, Gap, Load, Protection, Storage, Usage,
};
use crate::flow::UNNAMED;
use crate::flow::solve::mentions;
use crate::flow::spelling::first_word;
use crate::index::IndexedFile;
use crate::kernel::context::Kind as Kernel;
use crate::kernel::{Who, api};
use crate::syntax::{Field, Kind, NodeId, Tree};
use crate::text::Span;
use crate::types::{Base, Qualified, Type, Typed};

/// Looking at so many nodes is as much work as typing an expression.
const NODES_A_WORK: usize = 64;

impl Walk<'_, '_, '_> {
    /// Whether an expression is an `__rcu` lvalue, and what is done with it.
    pub(super) fn look(&mut self, node: NodeId) {
        let tree = self.tree;
        let worth = match tree.kind(node) {
            Kind::Identifier => {
                let name = tree.text(node);
                match self.scopes.find(name) {
                    Some(local) => local.shared && local.ty.mentions_rcu(),
                    None => self.is_ordinary(name),
                }
            }
            Kind::FieldExpression => {
                tree.child(node, Field::Field).is_some_and(|f| self.is_member(tree.text(f)))
            }
            Kind::SubscriptExpression => self.may_lead(node),
            Kind::PointerExpression => tree.operator(node) == b"*" && self.may_lead(node),
            Kind::CallExpression => {
                tree.child(node, Field::Function).map(|f| tree.bare(f)).is_some_and(|f| {
                    tree.kind(f) == Kind::Identifier
                        && self.is_ordinary(tree.text(f))
                        && !api().accessors.contains_key(tree.text(f))
                })
            }
            _ => false,
        };
        if self.probe {
            self.probe(node, worth && tree.kind(node) == Kind::FieldExpression);
            return;
        }
        if !worth {
            return;
        }
        self.note_fresh(node);
        let typer = self.uses.typer(&self.scopes);
        let typed = match typer.typed(tree, node) {
            Ok(typed) => typed,
            Err(reason) => {
                if tree.kind(node) == Kind::FieldExpression {
                    self.gap(node, reason.to_string());
                }
                return;
            }
        };
        if matches!(typed.base, Base::Local | Base::Value) || typer.rcu_pointee(&typed.ty).is_none()
        {
            return;
        }
        self.access(node, typed);
    }

    fn gap(&mut self, node: NodeId, reason: String) {
        self.untyped.push(Gap {
            span: self.tree.file_span(node),
            function: self.function.clone(),
            reason,
        });
    }

    /// Whether the lvalues that matter have a known type.
    fn probe(&mut self, node: NodeId, member: bool) {
        let tree = self.tree;
        let mut wanted = member.then_some(node);
        if tree.kind(node) == Kind::CallExpression {
            let accessor = tree
                .child(node, Field::Function)
                .and_then(|function| api().accessors.get(tree.text(function)));
            let arguments = tree.child(node, Field::Arguments);
            wanted = accessor
                .zip(arguments)
                .and_then(|(accessor, list)| tree.children(list).nth(accessor.pointer));
        }
        let Some(wanted) = wanted else { return };
        let typer = self.uses.typer(&self.scopes);
        match typer.typed(tree, wanted) {
            Ok(typed) if typer.resolve(&typed.ty).ty == Type::Unknown => {
                self.gap(wanted, "declared with a type that is not understood".to_owned());
            }
            Ok(_) => {}
            Err(reason) => self.gap(wanted, reason.to_string()),
        }
    }

    /// The condition of a fact. What the body of a macro does depends on no use of it, but on where it
    /// is defined.
    pub(super) fn condition_of(
        &self,
        span: Span,
        definition: Option<&Declaration>,
    ) -> Option<String> {
        match (definition, &self.body) {
            (None, _) => self.condition_at(span),
            (Some(at), Some(body)) => condition_around(body.file(), at.span),
            (Some(_), None) => None,
        }
    }

    /// The innermost preprocessor condition around a place of the file.
    pub(super) fn condition_at(&self, span: Span) -> Option<String> {
        let arm = self.arms.iter().rev().find(|(arm, _)| arm.contains(span));
        arm.map(|(_, condition)| condition.clone()).or_else(|| self.condition.clone())
    }

    /// Whether something below could be a pointer to an annotated pointer.
    pub(super) fn may_lead(&self, node: NodeId) -> bool {
        let tree = self.tree;
        let mut stack = vec![node];
        while let Some(at) = stack.pop() {
            let found = match tree.kind(at) {
                Kind::Identifier => match self.scopes.find(tree.text(at)) {
                    Some(local) => match &local.ty.ty {
                        Type::Unknown | Type::Typeof(_) => true,
                        _ => self.is_annotated(&local.ty),
                    },
                    None => self.is_ordinary(tree.text(at)),
                },
                Kind::FieldIdentifier => self.is_member(tree.text(at)),
                Kind::TypeIdentifier => {
                    let name = tree.text(at);
                    self.names.visible(name, Role::Ordinary) || name.contains(&b'(')
                }
                Kind::TypeDescriptor => memchr::memmem::find(tree.text(at), b"__rcu").is_some(),
                _ => false,
            };
            if found {
                return true;
            }
            stack.extend(tree.children(at));
        }
        false
    }

    /// Whether a type has the annotation in it, perhaps behind a typedef.
    pub(super) fn is_annotated(&self, ty: &Qualified) -> bool {
        ty.mentions_rcu()
            || match &ty.ty {
                Type::Named(name) => self.names.visible(name.as_bytes(), Role::Ordinary),
                Type::Pointer(to) | Type::Array(to) => self.is_annotated(to),
                _ => false,
            }
    }

    fn access(&mut self, node: NodeId, typed: Typed) {
        let tree = self.tree;
        // Much of what follows looks at the whole function.
        let work = tree.nodes.len() / NODES_A_WORK;
        if self.is_argument(node) || !self.uses.unit.spend(work as u32) {
            return;
        }
        let Outcome::Use(mut usage, through_macro) = self.uses.of(tree, node, &self.scopes) else {
            return;
        };
        if let Usage::Load(load) = &usage {
            if self.tested.contains(&node) {
                usage = Usage::Test;
            } else if self.copied.contains(&node)
                && matches!(load, Load::Assigned | Load::Returned | Load::Other)
            {
                usage = Usage::Load(Load::Copied);
            }
        }
        let Some(site) = typed.site else { return };
        let storage = match typed.base {
            Base::LocalObject => Storage::LocalObject,
            Base::Fresh => Storage::Fresh,
            Base::Global => Storage::Global,
            _ => Storage::Shared,
        };
        let declaration = self.declaration_at(&site.file, site.span, site.name.clone());
        let Some(spot) = self.spot(node) else { return };
        let context = self.context_everywhere(node);
        let protection = self.protection_in(node, &context);
        let reads = matches!(usage, Usage::Load(_) | Usage::Test);
        let fate = match &usage {
            Usage::Load(load) if spot.definition.is_none() => self.fate(node, load),
            _ => Fate::Followed,
        };
        let dying = reads && spot.definition.is_none() && self.dies(node);
        let against_annotated = usage == Usage::Test && self.against_annotated(node);
        let scope = match spot.definition {
            None => self.variables(|_| true),
            Some(_) => Vec::new(),
        };
        let owner =
            reads.then(|| owner(tree, node, &declaration.name, (&protection, &context))).flatten();
        self.accesses.push(Access {
            function: self.function.clone(),
            condition: self.condition_of(spot.span, spot.definition.as_ref()),
            span: spot.span,
            expression: spot.expression,
            definition: spot.definition,
            usage,
            fate,
            dying,
            against_annotated,
            storage,
            declaration,
            protection,
            context,
            scope,
            through_macro,
            call: self.macro_call_above(node),
            owner,
        });
    }

    /// Whether a node is compared with a cast or a call whose type is an `__rcu` pointer.
    fn against_annotated(&self, node: NodeId) -> bool {
        let tree = self.tree;
        let around = std::iter::successors(Some(node), |at| tree.parent(*at));
        let wraps = |at: &NodeId| tree.kind(*at) == Kind::ParenthesizedExpression || *at == node;
        let Some(inside) = around.take_while(wraps).last() else { return false };
        let Some(comparison) = tree.parent(inside) else { return false };
        if tree.kind(comparison) != Kind::BinaryExpression
            || !matches!(tree.operator(comparison), b"==" | b"!=")
        {
            return false;
        }
        let other = match tree.field(inside) {
            Field::Left => Field::Right,
            _ => Field::Left,
        };
        let Some(other) = tree.child(comparison, other).map(|at| tree.bare(at)) else {
            return false;
        };
        let typer = self.uses.typer(&self.scopes);
        matches!(tree.kind(other), Kind::CastExpression | Kind::CallExpression)
            && typer.typed(tree, other).is_ok_and(|typed| typer.rcu_pointee(&typed.ty).is_some())
    }

    /// The outermost call of a macro around a node, where it starts on another line.
    fn macro_call_above(&self, node: NodeId) -> Option<(String, Span)> {
        let tree = self.tree;
        if self.body.is_some() {
            return None;
        }
        let around = std::iter::successors(tree.parent(node), |at| tree.parent(*at));
        let named = around.filter(|at| tree.kind(*at) == Kind::CallExpression).filter_map(|at| {
            let function = tree.child(at, Field::Function).map(|function| tree.bare(function))?;
            let name = String::from_utf8_lossy(tree.text(function)).into_owned();
            let macros = self.uses.unit.macros(&name);
            let is_macro = macros.iter().any(|found| found.what.parameters.is_some());
            is_macro.then(|| (name, tree.span(function)))
        });
        let (name, span) = named.last()?;
        let between = &tree.text[span.start as usize..tree.span(node).start as usize];
        between.contains(&b'\n').then(|| (name, span.shifted(tree.base as usize)))
    }

    pub(in crate::facts) fn declaration_at(
        &self,
        file: &IndexedFile,
        span: Span,
        name: String,
    ) -> Declaration {
        let source = file.source();
        Declaration {
            name,
            path: file.path.clone(),
            shown: file.shown.clone(),
            span,
            start: source.position(span.start),
            end: source.position(span.end),
        }
    }
}

/// The variable at the root of `&p->a.b`.
pub(super) fn root(tree: &Tree, node: NodeId) -> Option<NodeId> {
    let mut at = node;
    loop {
        at = tree.bare(at);
        match tree.kind(at) {
            Kind::Identifier => return Some(at),
            Kind::PointerExpression | Kind::FieldExpression | Kind::SubscriptExpression => {
                at = tree.child(at, Field::Argument)?;
            }
            _ => return None,
        }
    }
}

/// What protects `expression` in a context; the innermost counts. `root` is the variable that the
/// expression starts from, `global` whether it is a global one. A lock of another object says
/// nothing (a global lock protects globals), and a lock that is reached through the pointer itself
/// cannot protect it.
pub(super) fn protection(
    context: &Context,
    expression: &str,
    root: Option<&[u8]>,
    global: bool,
) -> Protection {
    let fits = |lock: &str| {
        let reached = lock.contains("->") || lock.contains('.');
        let same = root.is_none_or(|root| root == first_word(lock).as_bytes());
        !mentions(lock, expression) && (same || global && !reached)
    };
    let mut found = context.held.iter().rev().filter_map(|held| match (held.kind, &held.object) {
        (_, Some(lock)) if lock == "&rtnl_mutex" => Some(Protection::Rtnl),
        (Kernel::Srcu | Kernel::ReadLock | Kernel::RwsemRead, _) => None,
        (_, Some(lock)) if fits(lock) && lock != UNNAMED => Some(Protection::Lock(lock.clone())),
        (Kernel::Rcu, _) => Some(Protection::Reader(Flavour::Rcu)),
        (Kernel::RcuBh, _) => Some(Protection::Reader(Flavour::Bh)),
        (Kernel::RcuSched, _) => Some(Protection::Reader(Flavour::Sched)),
        _ => None,
    });
    found.next().unwrap_or(Protection::Unknown)
}

/// Why whoever reads a member here may read it plainly, by convention.
fn owner(
    tree: &Tree,
    node: NodeId,
    declaration: &str,
    (protection, context): (&Protection, &Context),
) -> Option<&'static str> {
    let object = tree.child(node, Field::Argument).map(|object| tree.text(object));
    let reader = matches!(protection, Protection::Reader(_));
    let mut rows = api().owners.iter().filter(|row| row.declaration == declaration);
    let row = rows.find(|row| match row.who {
        Who::Current => object == Some(b"current"),
        Who::Updater => !reader || context.locks().any(|held| row.locks.contains(&held.kind)),
        Who::Anyone => true,
    })?;
    Some(&row.reason)
}

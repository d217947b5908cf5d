//! Walking a function: its variables, what protects each place, and the `__rcu` lvalues it
//! touches.

use crate::evidence::AccessorCall;
use crate::facts::bodies::Body;
use crate::facts::lvalues::root;
use crate::facts::names::{Names, Role};
use crate::facts::usage::Uses;
use crate::facts::{Access, Conversion, Gap, Storage, Unannotated};
use crate::flow::Held;
use crate::kernel::api;
use crate::syntax::{Field, Kind, NodeId, Tree};
use crate::text::Span;
use crate::types::{Local, Parameter, Qualified, Scopes, arguments_text, split_arguments};

/// Walks one reading of one item.
pub(crate) struct Walk<'w, 'u, 'a> {
    pub uses: &'w Uses<'u, 'a>,
    pub names: &'w Names<'w, 'u, 'a>,
    pub tree: &'w Tree,
    pub function: Option<String>,
    /// The arm that the item stands in.
    pub condition: Option<String>,
    /// The arms within the item, outer ones first, with what they require as it is written.
    pub arms: &'w [(Span, String)],
    pub scopes: Scopes,
    pub held: Held,
    pub accesses: Vec<Access>,
    pub conversions: Vec<Conversion>,
    pub unannotated: Vec<Unannotated>,
    /// Calls of accessors.
    pub calls: Vec<AccessorCall>,
    pub untyped: Vec<Gap>,
    /// Bodies of macros that the parser did not understand.
    pub broken: Vec<Gap>,
    /// Only types are asked for, of every member with an annotated name and of what accessors are
    /// applied to, whether the annotation is visible or not.
    pub probe: bool,
    /// Lvalues whose value goes to something that is annotated as well.
    pub copied: Vec<NodeId>,
    /// Lvalues whose value becomes a `bool`.
    pub tested: Vec<NodeId>,
    /// What the function returns.
    pub result: Option<Qualified>,
    /// The macro whose body the tree is.
    pub body: Option<Body<'w>>,
}

impl<'w, 'u, 'a> Walk<'w, 'u, 'a> {
    /// A walk that has not begun.
    pub fn new(
        uses: &'w Uses<'u, 'a>,
        names: &'w Names<'w, 'u, 'a>,
        tree: &'w Tree,
        function: Option<String>,
    ) -> Walk<'w, 'u, 'a> {
        Walk {
            uses,
            names,
            tree,
            function,
            condition: None,
            arms: &[],
            scopes: Scopes::default(),
            held: Held::default(),
            accesses: Vec::new(),
            conversions: Vec::new(),
            unannotated: Vec::new(),
            calls: Vec::new(),
            untyped: Vec::new(),
            broken: Vec::new(),
            probe: false,
            copied: Vec::new(),
            tested: Vec::new(),
            result: None,
            body: None,
        }
    }
}

impl Walk<'_, '_, '_> {
    pub(super) fn is_member(&self, name: &[u8]) -> bool {
        if self.probe {
            return self.names.anywhere(name, Role::Member);
        }
        self.names.is_member(name)
    }

    pub(super) fn is_ordinary(&self, name: &[u8]) -> bool {
        self.names.visible(name, Role::Ordinary) || self.names.leads(name)
    }

    /// Walks a function whose parameters are known.
    pub fn function(&mut self, parameters: &[Parameter], body: NodeId) {
        self.scopes.enter();
        for parameter in parameters {
            if let Some(name) = &parameter.name {
                let ty = self.uses.typer(&self.scopes).without_typeof(&parameter.ty);
                self.scopes.declare(Local {
                    name: name.clone(),
                    ty,
                    span: parameter.span,
                    shared: false,
                    typedef: false,
                    fresh: false,
                    stands_for: None,
                });
            }
        }
        self.node(body);
        self.scopes.leave();
    }

    /// Walks a declaration outside functions: its initialisers.
    pub fn global(&mut self) {
        for node in self.tree.children(self.tree.root()) {
            self.declaration(node, true);
        }
    }

    pub(super) fn node(&mut self, node: NodeId) {
        match self.tree.kind(node) {
            Kind::CompoundStatement => self.block(node),
            Kind::ForStatement => {
                self.scopes.enter();
                self.children(node);
                self.scopes.leave();
            }
            Kind::Declaration => self.declaration(node, false),
            Kind::WhileStatement => self.loop_or_guard(node),
            Kind::ExpressionStatement => {
                self.note_macro_call(node);
                self.children(node);
            }
            Kind::SizeofExpression
            | Kind::AlignofExpression
            | Kind::OffsetofExpression
            | Kind::TypeDescriptor => {}
            Kind::TypeDefinition => {
                let unit = self.uses.unit;
                unit.declare(self.tree, node, &mut self.scopes, &self.uses.depth);
            }
            Kind::CompoundLiteralExpression => {
                self.compound_literal(node);
                self.children(node);
            }
            _ => {
                self.look(node);
                if !self.probe {
                    self.conversions(node);
                    if self.tree.kind(node) == Kind::CallExpression {
                        self.accessor(node);
                        self.note_accessor(node);
                        self.called_macro(node);
                    }
                }
                self.children(node);
                self.after(node);
            }
        }
    }

    fn children(&mut self, node: NodeId) {
        for child in self.tree.children(node) {
            self.node(child);
        }
    }

    fn block(&mut self, node: NodeId) {
        self.scopes.enter();
        let before = self.held.clone();
        let fresh = self.scopes.fresh();
        let mut last = None;
        for child in self.tree.children(node) {
            self.node(child);
            last = Some(child);
        }
        self.scopes.leave();
        let jumps = last.is_some_and(|last| {
            matches!(
                self.tree.kind(last),
                Kind::ReturnStatement
                    | Kind::GotoStatement
                    | Kind::BreakStatement
                    | Kind::ContinueStatement
            )
        });
        if jumps {
            self.held = before;
            self.scopes.set_fresh(&fresh);
        }
    }

    /// `scoped_guard(rcu) { ... }` reads as a loop after normalisation.
    fn loop_or_guard(&mut self, node: NodeId) {
        let text = self.tree.text(node);
        if !text.starts_with(b"scoped_guard") && !text.starts_with(b"scoped_cond_guard") {
            self.scopes.enter();
            if !text.starts_with(b"while") {
                if let Some(condition) = self.tree.child(node, Field::Condition) {
                    let head = Span { end: self.tree.span(condition).end, ..self.tree.span(node) };
                    let head = String::from_utf8_lossy(&self.tree.text[head.range()]);
                    self.scopes.note_macro_call(&head);
                }
                if !self.probe {
                    self.loop_macro(node);
                }
            }
            self.children(node);
            self.scopes.leave();
            return;
        }
        let condition = self.tree.child(node, Field::Condition);
        let arguments = condition.map(|c| String::from_utf8_lossy(self.tree.text(c)).into_owned());
        let arguments = arguments.unwrap_or_default();
        let inside = arguments.trim().trim_start_matches('(').trim_end_matches(')');
        let parts = split_arguments(inside);
        let mark = self.held.mark();
        self.held
            .guard(parts.first().unwrap_or(&""), parts.last().copied().filter(|_| parts.len() > 1));
        self.children(node);
        self.held.release_to(mark);
    }

    /// `MACRO(type, name);` may declare `name`.
    fn note_macro_call(&mut self, statement: NodeId) {
        let tree = self.tree;
        let Some(mut call) = tree.first_child(statement) else { return };
        let whole = call;
        while tree.kind(call) == Kind::CallExpression {
            match tree.child(call, Field::Function) {
                Some(function) => call = function,
                None => return,
            }
        }
        if call == whole || tree.kind(call) != Kind::Identifier {
            return;
        }
        let Ok(name) = std::str::from_utf8(tree.text(call)) else { return };
        let macros = self.uses.unit.macros(name);
        if macros.iter().any(|found| found.what.parameters.is_some()) {
            self.scopes.note_macro_call(&String::from_utf8_lossy(tree.text(whole)));
        }
    }

    fn declaration(&mut self, node: NodeId, global: bool) {
        let unit = self.uses.unit;
        let declared = unit.declare(self.tree, node, &mut self.scopes, &self.uses.depth);
        for one in &declared {
            let Some(value) = one.value else { continue };
            let (shared, list) =
                (global || one.shared, self.tree.kind(value) == Kind::InitializerList);
            // A local copy of an annotated pointer is not shared storage.
            if shared || list {
                let storage = if shared { Storage::Global } else { Storage::LocalObject };
                let site = self.own_site(one.span, &one.name);
                self.initializer(value, &one.ty, Some(&site), storage);
            } else if !self.probe {
                let ty = self.scopes.find(one.name.as_bytes()).map_or(&one.ty, |l| &l.ty).clone();
                let site = self.own_site(one.span, &one.name);
                let declared = self.declaration_at(&site.file, site.span, site.name.clone());
                self.initialized_with(value, &ty, Some(declared).filter(|_| self.body.is_none()));
            }
            if is_allocation(self.tree, value) {
                if let Some(local) = self.scopes.find_mut(one.name.as_bytes()) {
                    local.fresh = true;
                }
            }
        }
        for child in self.tree.children(node) {
            if self.tree.field(child) == Field::Declarator {
                self.children(child);
            }
        }
    }

    /// `(struct x){ .member = value }`
    fn compound_literal(&mut self, node: NodeId) {
        let Some(value) = self.tree.child(node, Field::Value) else { return };
        let typed = self.uses.typer(&self.scopes).typed(self.tree, node);
        if let Ok(typed) = typed {
            self.initializer(value, &typed.ty, None, Storage::LocalObject);
        }
    }

    /// Statements that change what is known: assignments of fresh objects, locks, guards.
    fn after(&mut self, node: NodeId) {
        match self.tree.kind(node) {
            Kind::AssignmentExpression => self.after_assignment(node),
            Kind::CallExpression => self.after_call(node),
            Kind::ReturnStatement => {}
            _ => {}
        }
    }

    fn after_assignment(&mut self, node: NodeId) {
        let tree = self.tree;
        let (Some(left), Some(right)) =
            (tree.child(node, Field::Left), tree.child(node, Field::Right))
        else {
            return;
        };
        let target = tree.bare(left);
        if tree.kind(target) == Kind::Identifier {
            let fresh = is_allocation(tree, right);
            if let Some(local) = self.scopes.find_mut(tree.text(target)) {
                local.fresh = fresh;
            }
        }
        // `x->y = object`: handed out.
        let source = tree.bare(right);
        if tree.kind(source) == Kind::Identifier {
            if let Some(local) = self.scopes.find_mut(tree.text(source)) {
                local.fresh = false;
            }
        }
    }

    fn after_call(&mut self, node: NodeId) {
        let tree = self.tree;
        let Some(function) = tree.child(node, Field::Function) else { return };
        let text = arguments_text(tree, node);
        let arguments: Vec<String> =
            split_arguments(&text).iter().map(|a| (*a).to_owned()).collect();
        if tree.kind(function) == Kind::CallExpression {
            // `guard(rcu)()`, `guard(mutex)(&lock)`
            let name = tree.child(function, Field::Function).map_or(&b""[..], |f| tree.text(f));
            if name == b"guard" {
                let kind = arguments_text(tree, function);
                self.held.guard(kind.trim(), arguments.first().map(String::as_str));
            }
            return;
        }
        let name = tree.text(tree.bare(function));
        self.held.call(name, &arguments);
        let publishes = api().publishers.contains(name);
        for argument in
            tree.child(node, Field::Arguments).into_iter().flat_map(|l| tree.children(l))
        {
            let bare = tree.bare(argument);
            let handed = match tree.kind(bare) {
                Kind::Identifier => Some(bare),
                Kind::PointerExpression if publishes && tree.operator(bare) == b"&" => {
                    root(tree, bare)
                }
                _ => None,
            };
            if let Some(local) = handed.and_then(|h| self.scopes.find_mut(tree.text(h))) {
                local.fresh = false;
            }
        }
    }
}

/// Whether a value comes straight from an allocator.
fn is_allocation(tree: &Tree, node: NodeId) -> bool {
    let mut node = tree.bare(node);
    while tree.kind(node) == Kind::CastExpression {
        match tree.child(node, Field::Value) {
            Some(value) => node = tree.bare(value),
            None => return false,
        }
    }
    tree.kind(node) == Kind::CallExpression
        && tree
            .child(node, Field::Function)
            .is_some_and(|function| api().allocators.contains(tree.text(function)))
}

//! Walking a function: its variables, what protects each place, and the `__rcu` lvalues it
//! touches.

use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::rc::Rc;
use std::sync::Arc;

use crate::evidence::AccessorCall;
use crate::facts::PointerFacts;
use crate::facts::bodies::Body;
use crate::facts::inferred::uses::Noted as Plain;
use crate::facts::lifetime::{
    Deferred, Flavours, LifetimeFacts, Look, Noted as NotedEnd, NotedRef,
};
use crate::facts::lists::uses::Use;
use crate::facts::names::{Names as Annotated, Role};
use crate::facts::pointers::Noted;
use crate::facts::sections::{SectionFacts, Stale};
use crate::facts::usage::Uses;
use crate::facts::{Access, Conversion, Dealing, Gap, Storage, Unannotated};
use crate::flow::context::Context;
use crate::flow::solve::Flow;
use crate::flow::spelling::root;
use crate::flow::world::Value;
use crate::flow::{Flows, Names};
use crate::index::IndexedFile;
use crate::syntax::{Field, Kind, NodeId, Tree};
use crate::text::Span;
use crate::types::{Local, Parameter, Qualified, Scopes};
use crate::workspace::Wanted;

/// Walks one reading of one item.
pub(crate) struct Walk<'w, 'u, 'a> {
    pub uses: &'w Uses<'u, 'a>,
    pub names: &'w Annotated<'w, 'u, 'a>,
    pub tree: &'w Tree,
    pub function: Option<String>,
    /// The item of the file that is walked, where it is one.
    pub item: Option<u32>,
    /// The arm that the item stands in.
    pub condition: Option<String>,
    /// The arms within the item, outer ones first, with what they require as it is written.
    pub arms: &'w [(Span, String)],
    pub scopes: Scopes,
    pub flows: &'w Flows<'u, 'a>,
    /// The function's names of parameters and its body, for its flow.
    pub whole: Option<(Names, NodeId)>,
    flow: OnceCell<Flow<'w, 'u, 'a>>,
    /// Whether it calls something that allocates.
    allocates: OnceCell<bool>,
    /// The calls in it that free something, if nothing waits for a grace period.
    pub frees: OnceCell<Vec<NodeId>>,
    /// For the body of a macro: the context of its call.
    pub given: Option<Context>,
    pub accesses: Vec<Access>,
    pub conversions: Vec<Conversion>,
    pub unannotated: Vec<Unannotated>,
    pub pointer_facts: PointerFacts,
    pub noted: Noted,
    /// Calls of accessors.
    pub calls: Vec<AccessorCall>,
    pub section_facts: SectionFacts,
    pub lifetime_facts: LifetimeFacts,
    /// Calls that free or hide something.
    pub ends: Vec<NotedEnd>,
    /// What is put behind a grace period.
    pub deferred: Vec<Deferred>,
    /// Which readers see objects that end, and what is waited for.
    pub flavours: Flavours,
    /// What concerns objects with a percpu_ref.
    pub refs: Vec<NotedRef>,
    /// Members of objects that are asked for, and where they are named.
    pub late_members: Rc<BTreeSet<String>>,
    pub looks: Vec<Look>,
    /// Uses of pointers after their section, once they are asked for.
    pub stale: Stale,
    pub untyped: Vec<Gap>,
    /// Bodies of macros that the parser did not understand.
    pub broken: Vec<Gap>,
    /// Only types are asked for, of every member with an annotated name and of what accessors are
    /// applied to, whether the annotation is visible or not.
    pub probe: bool,
    /// How objects end is all that is asked of the function.
    pub only_ends: bool,
    /// Lvalues whose value goes to something that is annotated as well.
    pub copied: Vec<NodeId>,
    /// Lvalues whose value becomes a `bool`.
    pub tested: Vec<NodeId>,
    /// What the function returns.
    pub result: Option<Qualified>,
    /// The macro whose body the tree is.
    pub body: Option<Body<'w>>,
    /// For a function of a header: the header. Only its uses of lists are looked at.
    pub lists_of: Option<&'w Arc<IndexedFile>>,
    pub list_uses: Vec<Use>,
    pub plain: Plain,
    pub dealings: Vec<Dealing>,
}

impl<'w, 'u, 'a> Walk<'w, 'u, 'a> {
    /// A walk that has not begun.
    pub fn new(
        uses: &'w Uses<'u, 'a>,
        names: &'w Annotated<'w, 'u, 'a>,
        flows: &'w Flows<'u, 'a>,
        tree: &'w Tree,
        function: Option<String>,
    ) -> Walk<'w, 'u, 'a> {
        Walk {
            uses,
            names,
            tree,
            function,
            item: None,
            condition: None,
            arms: &[],
            scopes: Scopes::default(),
            flows,
            whole: None,
            flow: OnceCell::new(),
            allocates: OnceCell::new(),
            frees: OnceCell::new(),
            given: None,
            accesses: Vec::new(),
            conversions: Vec::new(),
            unannotated: Vec::new(),
            pointer_facts: PointerFacts::default(),
            noted: Noted::default(),
            calls: Vec::new(),
            section_facts: SectionFacts::default(),
            lifetime_facts: LifetimeFacts::default(),
            ends: Vec::new(),
            deferred: Vec::new(),
            flavours: Flavours::default(),
            refs: Vec::new(),
            late_members: Rc::default(),
            looks: Vec::new(),
            stale: Stale::default(),
            untyped: Vec::new(),
            broken: Vec::new(),
            probe: false,
            only_ends: false,
            copied: Vec::new(),
            tested: Vec::new(),
            result: None,
            body: None,
            lists_of: None,
            list_uses: Vec::new(),
            plain: Plain::default(),
            dealings: Vec::new(),
        }
    }
}

impl<'w, 'u, 'a> Walk<'w, 'u, 'a> {
    /// What is known at the places of the function that is walked.
    pub fn flow(&self) -> Option<&Flow<'w, 'u, 'a>> {
        let (parameters, body) = self.whole.as_ref()?;
        Some(self.flow.get_or_init(|| Flow::of_function(self.flows, self.tree, parameters, *body)))
    }
}

impl Walk<'_, '_, '_> {
    /// In what context a place is reached, as far as the function shows.
    pub(super) fn context_here(&self, node: NodeId) -> Context {
        match (&self.given, self.flow()) {
            (Some(given), _) => given.clone(),
            (None, Some(flow)) => Context::of(flow, &flow.at(node).unwrap_or_default()),
            (None, None) => Context::default(),
        }
    }

    /// In what context a place is reached.
    pub(super) fn context(&self, node: NodeId) -> Context {
        if let Some(given) = &self.given {
            return given.clone();
        }
        let (Some(flow), Some((parameters, _))) = (self.flow(), &self.whole) else {
            return Context::default();
        };
        let here = Context::of(flow, &flow.at(node).unwrap_or_default());
        match &self.function {
            Some(name) => here.with_callers(&self.flows.callers(name, parameters)),
            None => here,
        }
    }

    /// The same, where callers in other files are looked at as well if nothing is known otherwise.
    pub(super) fn context_everywhere(&self, node: NodeId) -> Context {
        let context = self.context(node);
        match (&self.function, &self.whole) {
            (Some(name), Some((parameters, _)))
                if self.given.is_none() && context.held.is_empty() =>
            {
                context.with_callers(&self.flows.callers_everywhere(name, parameters))
            }
            _ => context,
        }
    }

    /// Whether the variable that an expression starts from points to an object that nobody else
    /// has seen; `None` in the body of a macro, where that is known from its call.
    pub(super) fn is_fresh(&self, node: NodeId) -> Option<bool> {
        self.whole.as_ref()?;
        let root = root(self.tree, node)?;
        if !*self.allocates.get_or_init(|| self.flows.has_allocation(self.tree)) {
            return Some(false);
        }
        let flow = self.flow()?;
        let var = flow.var(root);
        let worlds = flow.at(node).unwrap_or_default();
        let fresh =
            |var| worlds.iter().all(|world| matches!(world.value(var), Some(Value::Fresh(_))));
        Some(!worlds.is_empty() && var.is_some_and(fresh))
    }

    /// Notes it for whoever types the expression.
    pub(super) fn note_fresh(&mut self, node: NodeId) {
        let (Some(fresh), Some(root)) = (self.is_fresh(node), root(self.tree, node)) else {
            return;
        };
        if let Some(local) = self.scopes.find_mut(self.tree.text(root)) {
            local.fresh = fresh;
        }
    }

    pub(super) fn wanted(&self) -> Wanted {
        match self.only_ends {
            true => Wanted { lifetimes: true, ..Wanted::NOTHING },
            false => self.uses.unit.knowledge.wanted,
        }
    }

    pub(super) fn is_member(&self, name: &[u8]) -> bool {
        if self.probe {
            return self.names.anywhere(name, Role::Member);
        }
        self.names.is_member(name)
    }

    pub(super) fn is_ordinary(&self, name: &[u8]) -> bool {
        self.names.visible(name, Role::Ordinary) || self.names.leads(name)
    }

    /// The file that the tree is a piece of.
    pub(super) fn home(&self) -> &IndexedFile {
        self.lists_of.unwrap_or(&self.uses.unit.file)
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
        let all = !self.probe && self.lists_of.is_none() && self.late_members.is_empty();
        if all {
            if self.wanted().accessors {
                self.pointers_of_function();
            }
            if self.wanted().sections {
                self.sections_of_function();
            }
            if self.wanted().lifetimes {
                self.lifetime_of_function();
            }
            if self.wanted().inferred {
                self.inferred_of_function();
            }
        }
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
            Kind::CompoundLiteralExpression if self.lists_of.is_none() => {
                self.compound_literal(node);
                self.children(node);
            }
            _ if self.lists_of.is_some() => {
                self.lists(node);
                self.children(node);
            }
            // Nothing else is asked.
            _ if !self.late_members.is_empty() => {
                self.look_at_member(node);
                self.children(node);
            }
            _ if self.only_ends => {
                self.lists(node);
                self.lifetime(node);
                self.children(node);
            }
            _ => {
                self.look(node);
                if !self.probe {
                    self.conversions(node);
                    if self.wanted().accessors {
                        self.pointers(node);
                    }
                    if self.wanted().sections {
                        self.sections(node);
                    }
                    if self.wanted().lists || self.wanted().lifetimes {
                        self.lists(node);
                    }
                    if self.wanted().lifetimes {
                        self.lifetime(node);
                    }
                    if self.wanted().inferred {
                        self.inferred(node);
                    }
                    if self.tree.kind(node) == Kind::CallExpression {
                        self.accessor(node);
                        self.note_accessor(node);
                        self.called_macro(node);
                    }
                }
                self.children(node);
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
        self.children(node);
        self.scopes.leave();
    }

    /// `scoped_guard(rcu) { ... }` reads as a loop after normalisation.
    fn loop_or_guard(&mut self, node: NodeId) {
        let text = self.tree.text(node);
        if text.starts_with(b"scoped_guard") || text.starts_with(b"scoped_cond_guard") {
            return self.children(node);
        }
        self.scopes.enter();
        if !self.probe && (self.wanted().lists || self.wanted().lifetimes) {
            self.lists(node);
        }
        if !text.starts_with(b"while") {
            if let Some(condition) = self.tree.child(node, Field::Condition) {
                let head = Span { end: self.tree.span(condition).end, ..self.tree.span(node) };
                let head = String::from_utf8_lossy(&self.tree.text[head.range()]);
                self.scopes.note_macro_call(&head);
            }
            if !self.probe && self.lists_of.is_none() && !self.only_ends {
                self.loop_macro(node);
            }
        }
        self.children(node);
        self.scopes.leave();
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
            let before = tree.text[..tree.span(whole).start as usize].trim_ascii_end();
            let text = String::from_utf8_lossy(tree.text(whole));
            // Normalisation blanks the word; what is declared lasts all the same.
            match before.ends_with(b"static") {
                true => self.scopes.note_macro_call(&format!("static {text}")),
                false => self.scopes.note_macro_call(&text),
            }
        }
    }

    fn declaration(&mut self, node: NodeId, global: bool) {
        let unit = self.uses.unit;
        let declared = unit.declare(self.tree, node, &mut self.scopes, &self.uses.depth);
        for one in &declared {
            let Some(value) = one.value.filter(|_| self.lists_of.is_none()) else { continue };
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
}

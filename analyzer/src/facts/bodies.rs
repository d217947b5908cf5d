//! What the bodies of macros do on their own account: a macro's body is walked as code whose
//! parameters have the types of the arguments, and what it does is stated at its definition. What
//! it does with its arguments is stated where they are given ([`Uses`](super::usage::Uses)).

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt::Write as _;
use std::sync::Arc;

use crate::facts::usage::Outcome;
use crate::facts::walk::Walk;
use crate::facts::{Declaration, Gap};
use crate::flow::context::Context;
use crate::index::IndexedFile;
use crate::kernel::api;
use crate::syntax::{Field, Kind, NodeId, Tree};
use crate::text::Span;
use crate::text::lexer::{is_ident_byte, lex_fragment};
use crate::types::{
    Base, Found, Local, MacroBody, MacroDef, SNIPPET_HEAD, Typed, arguments_text, split_arguments,
};

/// Macros whose bodies call each other deeper than this are not followed.
const MAX_BODIES: usize = 6;

/// Makes what stands in an initialiser a statement.
const INITIALIZER_HEAD: &str = "int __values[] = { ";

/// Where a fact stands.
#[derive(Clone)]
pub(super) struct Spot {
    /// In the file at hand.
    pub span: Span,
    /// The source text.
    pub expression: String,
    /// In the definition of the macro that does it.
    pub definition: Option<Declaration>,
}

/// The macro whose body is being walked, and the place of its call.
pub(super) struct Body<'w> {
    def: &'w Found<Arc<MacroDef>>,
    text: &'w MacroBody,
    /// Where the body begins in the tree's text.
    head: u32,
    arguments: Vec<Option<Spot>>,
    call: Spot,
    depth: usize,
}

impl Body<'_> {
    /// The file that defines the macro.
    pub(super) fn file(&self) -> &Arc<IndexedFile> {
        &self.def.file
    }

    /// The macro's name.
    pub(super) fn name(&self) -> &str {
        &self.def.what.name
    }
}

/// The calls of macros that were looked into and do nothing of interest: the macro, its body with
/// what is given as text, and the types of the other arguments.
pub(super) type Harmless = HashSet<String>;

impl Walk<'_, '_, '_> {
    /// Walks the body of the macro that a call names.
    pub(super) fn called_macro(&mut self, call: NodeId) {
        let tree = self.tree;
        let Some(function) = tree.child(call, Field::Function).map(|at| tree.bare(at)) else {
            return;
        };
        if tree.kind(function) != Kind::Identifier {
            return;
        }
        let text = arguments_text(tree, call);
        let list = tree.child(call, Field::Arguments);
        let nodes: Vec<NodeId> = list.into_iter().flat_map(|list| tree.children(list)).collect();
        self.bodies(call, tree.text(function), &split_arguments(&text), &nodes);
    }

    /// Walks the body of the macro that heads a loop.
    pub(super) fn loop_macro(&mut self, statement: NodeId) {
        let tree = self.tree;
        let Some(condition) = tree.child(statement, Field::Condition) else { return };
        let start = tree.span(statement).start as usize;
        let head = tree.text[start..tree.span(condition).start as usize].trim_ascii();
        if !head.iter().all(|byte| is_ident_byte(*byte)) {
            return;
        }
        let text = String::from_utf8_lossy(tree.text(condition)).into_owned();
        let inside = text.strip_prefix('(').and_then(|text| text.strip_suffix(')')).unwrap_or("");
        let mut nodes = Vec::new();
        let mut rest = tree.first_child(condition);
        while let Some(at) = rest {
            let comma = tree.kind(at) == Kind::CommaExpression;
            nodes.push(if comma { tree.child(at, Field::Left).unwrap_or(at) } else { at });
            rest = tree.child(at, Field::Right).filter(|_| comma);
        }
        self.bodies(statement, head, &split_arguments(inside), &nodes);
    }

    fn bodies(&mut self, call: NodeId, name: &[u8], texts: &[&str], nodes: &[NodeId]) {
        if self.scopes.find(name).is_some()
            || api().accessors.contains_key(name)
            || api().operations.contains_key(name)
            || self.body.as_ref().is_some_and(|body| body.depth >= MAX_BODIES)
            || !(self.names.leads(name)
                || texts.iter().any(|text| self.is_member(text.as_bytes()))
                || nodes.iter().any(|node| self.may_lead(*node)))
        {
            return;
        }
        let Ok(name) = std::str::from_utf8(name) else { return };
        let Some(_entered) = self.uses.enter_body(name) else { return };
        let macros = self.uses.unit.macros(name);
        let mut typed: Option<Vec<Option<Argument>>> = None;
        for def in macros.iter().filter(|found| found.what.parameters.is_some()) {
            let arguments =
                &*typed.get_or_insert_with(|| self.typed_arguments(call, name, texts, nodes));
            self.body(def, call, texts, arguments);
        }
    }

    fn typed_arguments(
        &self,
        call: NodeId,
        name: &str,
        texts: &[&str],
        nodes: &[NodeId],
    ) -> Vec<Option<Argument>> {
        if nodes.len() != texts.len() {
            return texts.iter().map(|_| None).collect();
        }
        let call = self.spot_of_call(call, name);
        nodes.iter().map(|node| self.typed_argument(*node, &call)).collect()
    }

    fn typed_argument(&self, node: NodeId, call: &Spot) -> Option<Argument> {
        let tree = self.tree;
        let typer = self.uses.typer(&self.scopes);
        if typer.parenthesized_type(tree, node).is_some() {
            return None;
        }
        let mut typed = typer.undisputed(|| typer.typed(tree, node).ok())?;
        let shared = !matches!(typed.base, Base::Local | Base::Value);
        if shared && typer.rcu_pointee(&typed.ty).is_some() {
            // A use that is reported where the argument is given needs no second report.
            if matches!(self.uses.of(tree, node, &self.scopes), Outcome::Use(..)) {
                typed.ty = typer.stripped(&typed.ty);
            }
        }
        let bare = tree.bare(node);
        let fresh = tree.kind(bare) == Kind::Identifier
            && self.is_fresh(bare).unwrap_or_else(|| {
                self.scopes.find(tree.text(bare)).is_some_and(|local| local.fresh)
            });
        let spot = self.spot(node).unwrap_or_else(|| call.clone());
        Some(Argument { typed, fresh, spot })
    }

    /// Walks one definition's body.
    fn body(
        &mut self,
        def: &Found<Arc<MacroDef>>,
        call: NodeId,
        texts: &[&str],
        arguments: &[Option<Argument>],
    ) {
        let unit = self.uses.unit;
        let last = def.what.parameters.as_ref().map_or(0, Vec::len).saturating_sub(1);
        let is_expression = |at: usize| {
            let whole = !(def.what.variadic && at == last) || texts.len() == last + 1;
            whole && arguments.get(at).is_some_and(Option::is_some)
        };
        let Some(text) = MacroBody::new(&def.what, texts, is_expression) else { return };
        let key = self.key(def, &text, arguments);
        if self.uses.harmless.borrow().contains(&key) {
            return;
        }
        // Code, or what stands in an initialiser.
        let clean = |code: &str| unit.snippet(code).filter(|tree| tree.errors.is_empty());
        let parsed = if text.text.trim_start().starts_with(['{', '.', '[']) {
            clean(&format!("{INITIALIZER_HEAD}{} }}", text.text))
                .map(|tree| (tree, SNIPPET_HEAD.len() + INITIALIZER_HEAD.len()))
        } else {
            clean(&completed(&text.text)).map(|tree| (tree, SNIPPET_HEAD.len()))
        };
        let Some((tree, head)) = parsed else {
            self.uses.harmless.borrow_mut().insert(key);
            self.broken.push(Gap {
                span: self.outermost(call),
                function: self.function.clone(),
                reason: format!("the body of {} could not be parsed", def.what.name),
            });
            return;
        };
        let mut scopes = self.scopes.clone();
        scopes.enter();
        for (at, name) in def.what.parameters.iter().flatten().enumerate() {
            let Some(argument) = arguments.get(at).and_then(Option::as_ref) else { continue };
            scopes.declare(Local {
                name: (**name).into(),
                ty: argument.typed.ty.clone(),
                span: Span::default(),
                shared: false,
                typedef: false,
                fresh: argument.fresh,
                stands_for: Some((argument.typed.base, argument.typed.site.clone())),
            });
        }
        let mut inner = Walk::new(self.uses, self.names, self.flows, &tree, self.function.clone());
        inner.given = Some(Context::default());
        inner.condition = self.condition_at(self.outermost(call));
        inner.scopes = scopes;
        inner.body = Some(Body {
            def,
            text: &text,
            head: head as u32,
            arguments: arguments
                .iter()
                .map(|argument| argument.as_ref().map(|argument| argument.spot.clone()))
                .collect(),
            call: self.spot_of_call(call, &def.what.name),
            depth: self.body.as_ref().map_or(0, |body| body.depth + 1),
        });
        inner.whole_body();
        let Walk { mut accesses, conversions, unannotated, mut pointer_facts, broken, .. } = inner;
        if !accesses.is_empty() && self.given.is_none() {
            let context = self.context(call);
            accesses.iter_mut().for_each(|access| access.context = context.clone());
        }
        self.broken.extend(broken);
        let silent = accesses.is_empty() && conversions.is_empty() && unannotated.is_empty();
        if silent && !pointer_facts.any() {
            self.uses.harmless.borrow_mut().insert(key);
        }
        self.accesses.extend(accesses);
        self.conversions.extend(conversions);
        self.unannotated.extend(unannotated);
        self.pointer_facts.append(&mut pointer_facts);
    }

    fn whole_body(&mut self) {
        let tree = self.tree;
        let body = tree.all().find(|node| tree.kind(*node) == Kind::CompoundStatement);
        let uses = self.uses;
        if let Some(body) = body {
            uses.in_macro(|| self.node(body));
        }
    }

    fn key(
        &self,
        def: &Found<Arc<MacroDef>>,
        body: &MacroBody,
        arguments: &[Option<Argument>],
    ) -> String {
        let typer = self.uses.typer(&self.scopes);
        let mut key = format!("{}:{} {}", def.file.shown, def.what.span.start, body.text);
        for Argument { typed, fresh, .. } in arguments.iter().flatten() {
            let _ = write!(key, "|{:?}{fresh} {}", typed.base, typer.spell(&typed.ty));
        }
        key
    }

    /// The place in the file at hand of a call.
    fn outermost(&self, call: NodeId) -> Span {
        self.body.as_ref().map_or_else(|| self.tree.file_span(call), |body| body.call.span)
    }

    fn spot_of_call(&self, call: NodeId, name: &str) -> Spot {
        match &self.body {
            Some(body) => body.call.clone(),
            None => {
                let start = self.tree.file_span(call).start;
                let span = Span { start, end: start + name.len() as u32 };
                Spot { span, expression: name.to_owned(), definition: None }
            }
        }
    }

    /// Where an expression stands: in the file at hand, in the definition of the macro whose body
    /// is walked, or, where it is no more than an argument, where the argument is given.
    pub(super) fn spot(&self, node: NodeId) -> Option<Spot> {
        let tree = self.tree;
        let expression = String::from_utf8_lossy(tree.text(node)).into_owned();
        let Some(body) = &self.body else {
            return Some(Spot { span: tree.file_span(node), expression, definition: None });
        };
        let in_body = |span: Span| {
            let start = span.start.checked_sub(body.head)?;
            let end = span.end.checked_sub(body.head)?;
            Some(Span { start, end })
        };
        let bare = tree.bare(node);
        if tree.kind(bare) == Kind::Identifier {
            let parameters = body.def.what.parameters.iter().flatten();
            let mut named = parameters.zip(&body.arguments);
            if let Some((_, argument)) = named.find(|(n, _)| n.as_bytes() == tree.text(bare)) {
                return argument.clone();
            }
        }
        let own = in_body(Span { start: decisive(tree, bare), end: tree.span(bare).end })?;
        if body.text.is_argument(own.start) {
            // All of it was given as text, and is looked at where it was given.
            if body.text.is_argument(in_body(tree.span(bare))?.start) {
                return None;
            }
            return Some(Spot { expression, ..body.call.clone() });
        }
        let (span, expression) =
            body.text.place(&body.def.what, &body.def.file, in_body(tree.span(node))?)?;
        let name = body.def.what.name.to_string();
        let definition = Some(self.declaration_at(&body.def.file, span, name));
        Some(Spot { span: body.call.span, expression, definition })
    }

    /// Whether an expression is no more than an argument of the macro whose body is walked.
    pub(super) fn is_argument(&self, node: NodeId) -> bool {
        let bare = self.tree.bare(node);
        self.body.is_some()
            && self.tree.kind(bare) == Kind::Identifier
            && self.scopes.find(self.tree.text(bare)).is_some_and(|l| l.stands_for.is_some())
    }
}

/// The code with what the user of a macro has to add: the end of blocks that it leaves open, the
/// body of a loop.
fn completed(code: &str) -> Cow<'_, str> {
    let bytes = code.as_bytes();
    let tokens = lex_fragment(bytes);
    let count = |brace: &[u8]| tokens.iter().filter(|token| token.is(bytes, brace)).count();
    let open = count(b"{").saturating_sub(count(b"}"));
    let bare_do = tokens.last().is_some_and(|last| last.is_word(bytes, b"do"));
    if open == 0 && !bare_do {
        return Cow::Borrowed(code);
    }
    Cow::Owned(format!("{code} ; {} while (0)", "}".repeat(open)))
}

/// An argument that is an expression.
struct Argument {
    typed: Typed,
    fresh: bool,
    spot: Spot,
}

/// Where the token stands that makes an expression what it is: the name of the member, the star,
/// the bracket.
fn decisive(tree: &Tree, node: NodeId) -> u32 {
    match tree.kind(node) {
        Kind::FieldExpression => tree.child(node, Field::Field).map(|at| tree.span(at).start),
        Kind::SubscriptExpression => tree.child(node, Field::Argument).map(|at| tree.span(at).end),
        _ => None,
    }
    .unwrap_or(tree.span(node).start)
}

#[cfg(test)]
mod tests {
    use super::completed;

    #[test]
    fn what_a_macro_leaves_open_is_closed() {
        assert_eq!(completed("do { x(); } while (0)"), "do { x(); } while (0)");
        assert_eq!(completed("p = x; do"), "p = x; do ;  while (0)");
        assert_eq!(completed("do { if (x) {"), "do { if (x) { ; }} while (0)");
    }
}

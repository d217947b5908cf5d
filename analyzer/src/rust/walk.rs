//! The walk through the functions of a file, in the order in which their code runs: blocks,
//! statements, variables.

use std::rc::Rc;
use std::sync::Arc;

use syn::spanned::Spanned;
use syn::{
    Block, Expr, FnArg, ImplItem, Item, Local, Member, Pat, ReceiverKind, Safety, Signature, Stmt,
    TraitItem, Visibility,
};

use super::bindings::Bindings;
use super::declared::{is_test, parameters};
use super::facts::{DroppedGuard, RustFacts, RustOutside, RustOutsideKind, RustStatistics};
use super::guards::{Bound, GuardId, Guards, State};
use super::names::{Names, plain};
use super::tree::Seen;
use super::ty::Ty;
use crate::facts::{Declaration, Gap};
use crate::text::{SourceFile, Span};

/// What an expression comes to.
#[derive(Clone, Debug, Default)]
pub(super) struct Value {
    pub ty: Ty,
    /// A pointer that was loaded for a reader.
    pub bound: Option<Rc<Bound>>,
    /// It has, or borrows, the guard of a reader section.
    pub guard: Option<GuardId>,
    pub borrowed: bool,
    /// For a pointer to a member of a C struct: the member's declaration.
    pub slot: Option<Declaration>,
    /// A pointer to an object that no reader can see yet.
    pub unpublished: bool,
    /// The null pointer.
    pub null: bool,
    /// What a function gives that nothing is known of: it may hold a guard.
    pub opaque: bool,
}

impl Value {
    pub fn of(ty: Ty) -> Value {
        Value { ty, ..Value::default() }
    }

    pub fn opaque() -> Value {
        Value { opaque: true, ..Value::default() }
    }

    /// The same pointer as another type.
    pub fn retyped(&self, ty: Ty) -> Value {
        Value { ty, opaque: false, ..self.clone() }
    }
}

/// A variable.
#[derive(Clone, Debug)]
pub(super) struct Variable {
    name: String,
    pub value: Value,
    /// It owns its guard.
    owns: bool,
}

/// A load outside a reader section, unless callers in the file hold one.
struct Doubtful {
    outside: RustOutside,
    /// The function, if only the file can call it.
    private: Option<String>,
}

/// The walk.
pub(super) struct Walk<'w, 'u, 'a> {
    pub bindings: &'w Bindings<'u, 'a>,
    pub seen: &'w Seen,
    pub names: Names,
    pub source: &'w SourceFile,
    /// Whether C declares a member of this name `__rcu` somewhere.
    pub is_member: &'w dyn Fn(&str) -> bool,
    pub facts: RustFacts,
    pub counts: RustStatistics,
    pub items: usize,
    pub functions: usize,
    pub gaps: Vec<Gap>,
    pub broken: Vec<Gap>,
    pub function: Option<String>,
    /// `Self`.
    pub own: Option<Ty>,
    variables: Vec<Variable>,
    pub guards: Guards,
    /// The way that is being walked has ended.
    pub left: bool,
    /// Who can call the function.
    callers: Callers,
    doubtful: Vec<Doubtful>,
    /// Functions that are called by their names where a reader section may be open.
    pub called_in_reader: Vec<String>,
    /// The text of the function's block, for names that nothing has.
    block: Span,
}

impl<'w, 'u, 'a> Walk<'w, 'u, 'a> {
    pub fn new(
        bindings: &'w Bindings<'u, 'a>,
        seen: &'w Seen,
        names: Names,
        source: &'w SourceFile,
        is_member: &'w dyn Fn(&str) -> bool,
    ) -> Walk<'w, 'u, 'a> {
        Walk {
            bindings,
            seen,
            names,
            source,
            is_member,
            facts: RustFacts::default(),
            counts: RustStatistics { parsed: true, ..RustStatistics::default() },
            items: 0,
            functions: 0,
            gaps: Vec::new(),
            broken: Vec::new(),
            function: None,
            own: None,
            variables: Vec::new(),
            guards: Guards::new(State::Perhaps),
            left: false,
            callers: Callers::Anyone,
            doubtful: Vec::new(),
            called_in_reader: Vec::new(),
            block: Span::default(),
        }
    }

    /// Walks all functions.
    pub fn items(&mut self, items: &[Item]) {
        for item in items {
            self.items += 1;
            match item {
                Item::Fn(one) if !self.leaves_out(&one.attrs) => {
                    self.function(&one.sig, &one.block, Callers::of(&one.vis));
                }
                Item::Mod(one) if !self.leaves_out(&one.attrs) => {
                    if let Some((_, items)) = &one.content {
                        let module = (plain(&one.ident).into(), self.names.module.clone());
                        let names = Names::new(module, items);
                        let outer = std::mem::replace(&mut self.names, names);
                        self.items(items);
                        self.names = outer;
                    }
                }
                Item::Impl(one) if !self.leaves_out(&one.attrs) => {
                    let own = self.names.ty(&one.self_ty, None);
                    self.names.associate(one, &own);
                    let outer = self.own.replace(own);
                    for item in &one.items {
                        match item {
                            ImplItem::Fn(function) if !self.leaves_out(&function.attrs) => {
                                let callers = match one.trait_ {
                                    Some(_) => Callers::Subsystem,
                                    None => Callers::of(&function.vis),
                                };
                                self.function(&function.sig, &function.block, callers);
                            }
                            ImplItem::Macro(_) => self.counts.macros += 1,
                            _ => {}
                        }
                    }
                    self.own = outer;
                }
                Item::Trait(one) => {
                    for item in &one.items {
                        if let TraitItem::Fn(function) = item {
                            if let Some(block) = &function.default {
                                self.function(&function.sig, block, Callers::Subsystem);
                            }
                        }
                    }
                }
                Item::Macro(_) => self.counts.macros += 1,
                _ => {}
            }
        }
    }

    fn leaves_out(&mut self, attributes: &[syn::Attribute]) -> bool {
        let test = is_test(attributes);
        self.counts.tests += usize::from(test);
        test
    }

    /// What is stated in the end: of doubtful loads those whose function nobody calls in a reader.
    pub fn finish(&mut self) {
        for one in std::mem::take(&mut self.doubtful) {
            let called = |name: &String| self.called_in_reader.contains(name);
            if !one.private.as_ref().is_some_and(called) {
                self.facts.outside.push(one.outside);
            }
        }
        self.facts.accesses.sort_by_key(|access| access.span);
        self.facts.outside.sort_by_key(|outside| outside.span);
        self.facts.dropped.sort_by_key(|dropped| dropped.span);
        self.facts.missing.sort_by_key(|missing| missing.span);
    }

    fn function(&mut self, signature: &Signature, block: &Block, callers: Callers) {
        self.functions += 1;
        let text = self.span(block);
        let outer = (
            self.function.replace(plain(&signature.ident)),
            std::mem::take(&mut self.variables),
            std::mem::replace(&mut self.guards, Guards::new(State::Ended)),
            std::mem::replace(&mut self.left, false),
            std::mem::replace(&mut self.callers, callers),
            std::mem::replace(&mut self.block, text),
        );
        let mut holds = false;
        for input in &signature.inputs {
            match input {
                FnArg::Receiver(receiver) => {
                    let own = self.own.clone().unwrap_or_default();
                    let ty = match &receiver.kind {
                        ReceiverKind::Reference(..) => own.reference(),
                        ReceiverKind::Typed(_, ty) => self.ty(ty),
                        _ => own,
                    };
                    holds |= self.seen.holds_guard(&ty);
                    self.declare("self".to_owned(), Value::of(ty));
                }
                FnArg::Typed(typed) => {
                    let ty = self.ty(&typed.ty);
                    holds |= self.seen.holds_guard(&ty);
                    self.bind(&typed.pat, Value::of(ty));
                }
            }
        }
        // A safe function may be called by anyone, and so cannot ask that a reader section be open; of an
        // unsafe one the documentation may, and who calls the methods of a trait may always have one.
        let is_unsafe = matches!(signature.safety, Safety::Unsafe(_));
        let generic = !parameters(&signature.generics).is_empty();
        let state = match () {
            () if holds => State::Open,
            () if is_unsafe || generic || signature.abi.is_some() => State::Perhaps,
            () if callers == Callers::Subsystem => State::Perhaps,
            () => State::Ended,
        };
        self.guards = Guards::new(state);
        self.block(block);
        (self.function, self.variables, self.guards, self.left, self.callers, self.block) = outer;
    }

    /// Walks a block; the value of its last expression.
    pub fn block(&mut self, block: &Block) -> Value {
        self.block_as(block, super::place::Usage::Load)
    }

    pub fn block_as(&mut self, block: &Block, usage: super::place::Usage) -> Value {
        let variables = self.variables.len();
        let mut names = None;
        let mut value = Value::default();
        for (at, statement) in block.stmts.iter().enumerate() {
            let made = self.guards.count();
            value = match statement {
                Stmt::Local(local) => {
                    self.local(local, &block.stmts[at + 1..]);
                    Value::default()
                }
                Stmt::Expr(expr, None) => {
                    let value = self.eval_as(expr, usage);
                    // The guard goes with the value.
                    if let Some(guard) = value.guard.filter(|_| !value.borrowed) {
                        self.release(guard);
                    }
                    value
                }
                Stmt::Expr(expr, Some(_)) => {
                    self.statement(expr, &block.stmts[at + 1..]);
                    Value::default()
                }
                Stmt::Macro(one) => {
                    let value = self.macro_call(&one.mac);
                    if one.semi_token.is_none() { value } else { Value::default() }
                }
                Stmt::Item(item) => {
                    if let Item::Use(one) = item {
                        names.get_or_insert_with(|| self.names.clone());
                        self.names.import(&one.tree, &mut Vec::new());
                    }
                    self.items(std::slice::from_ref(item));
                    Value::default()
                }
            };
            if !matches!(statement, Stmt::Expr(_, None)) {
                self.guards.end_temporaries(made);
            }
        }
        self.leave(variables);
        if let Some(names) = names {
            self.names = names;
        }
        value
    }

    /// Variables that were declared since there were so many go, with their guards.
    pub fn leave(&mut self, variables: usize) {
        for variable in self.variables.drain(variables.min(self.variables.len())..).rev() {
            if let Some(guard) = variable.value.guard.filter(|_| variable.owns) {
                self.guards.end(guard, None);
            }
        }
    }

    pub fn variable_count(&self) -> usize {
        self.variables.len()
    }

    /// A statement of its own.
    fn statement(&mut self, expr: &Expr, behind: &[Stmt]) {
        if let Expr::Assign(assign) = expr {
            if matches!(*assign.left, Expr::Infer(_)) {
                let value = self.eval(&assign.right);
                self.unkept(&value, &assign.right, Some(self.span(&assign.left).start), behind);
                return;
            }
        }
        let value = self.eval(expr);
        self.unkept(&value, expr, None, behind);
    }

    /// Notes the guard of a reader section that ends with the statement that takes it.
    fn unkept(&mut self, value: &Value, expr: &Expr, from: Option<u32>, behind: &[Stmt]) {
        let made_here = matches!(bare(expr), Expr::Call(_) | Expr::MethodCall(_) | Expr::Unsafe(_));
        if !value.ty.is_guard() || value.borrowed || value.guard.is_none() || !made_here {
            return;
        }
        let span = self.span(expr);
        let binding = Span { start: from.unwrap_or(span.start), end: span.start };
        let dropped = DroppedGuard {
            function: self.function.clone(),
            span,
            expression: self.source.text(span),
            binding,
            name: self.free_name(),
            short: !behind.iter().any(|statement| self.may_wait(self.span(statement))),
        };
        self.facts.dropped.push(dropped);
    }

    /// A name for a guard that does not stand in the function.
    fn free_name(&self) -> String {
        let tokens = super::lexer::lex(self.source.slice(self.block)).tokens;
        let taken = |name: &str| {
            let bytes = self.source.slice(self.block);
            tokens.iter().any(|token| token.text(bytes) == name.as_bytes())
        };
        let names = std::iter::once("_guard".to_owned());
        let mut names = names.chain((2..).map(|number| format!("_guard{number}")));
        names.find(|name| !taken(name)).unwrap_or_default()
    }

    /// Whether a text may sleep or wait for readers: an edit that makes a section longer wants a look.
    fn may_wait(&self, span: Span) -> bool {
        let bytes = self.source.slice(span);
        super::lexer::lex(bytes).tokens.iter().any(|token| {
            let word = String::from_utf8_lossy(token.text(bytes));
            matches!(&*word, "await" | "lock" | "GFP_KERNEL" | "GFP_KERNEL_ACCOUNT")
                || ["sleep", "synchronize", "wait", "mutex", "schedule", "copy_from_user"]
                    .iter()
                    .any(|part| word.contains(part))
        })
    }

    fn local(&mut self, local: &Local, behind: &[Stmt]) {
        let Some(init) = &local.init else {
            self.bind(&local.pat, Value::default());
            return;
        };
        let value = self.eval(&init.expr);
        if let Some((_, diverge)) = &init.diverge {
            let before = self.guards.states();
            self.eval(diverge);
            self.guards.restore(&before);
            self.left = false;
        }
        let pat = match &local.pat {
            Pat::Type(typed) => &typed.pat,
            pat => pat,
        };
        if matches!(pat, Pat::Wild(_)) {
            self.unkept(&value, &init.expr, Some(self.span(&local.let_token).start), behind);
        }
        self.bind(&local.pat, value);
    }

    /// Binds the names of a pattern to what a value holds.
    pub fn bind(&mut self, pat: &Pat, value: Value) {
        match pat {
            Pat::Ident(ident) => {
                let name = plain(&ident.ident);
                // A unit variant or a constant is no variable.
                if name.chars().next().is_some_and(char::is_uppercase) {
                    return;
                }
                if let Some((_, inner)) = &ident.subpat {
                    self.bind(inner, Value { guard: None, ..value.clone() });
                }
                self.declare(name, value);
            }
            Pat::Type(typed) => {
                let written = self.ty(&typed.ty);
                let value = match written.mentions(&|ty| *ty == Ty::Unknown) {
                    true => value,
                    false => value.retyped(written),
                };
                self.bind(&typed.pat, value);
            }
            Pat::Paren(inner) => self.bind(&inner.pat, value),
            Pat::Reference(inner) => {
                let ty = match &value.ty {
                    Ty::Reference(to) => (**to).clone(),
                    _ => Ty::Unknown,
                };
                self.bind(&inner.pat, value.retyped(ty));
            }
            Pat::TupleStruct(of) => {
                let whole = self.names.whole(&of.path);
                let last = whole.last().map(String::as_str);
                let holds = matches!(last, Some("Some" | "Ok")) && of.elems.len() == 1;
                for inner in &of.elems {
                    let value = match holds {
                        true => value.retyped(self.unwrapped(&value.ty)),
                        false => Value { opaque: value.opaque, ..Value::default() },
                    };
                    self.bind(inner, value);
                }
            }
            Pat::Tuple(of) => {
                for (at, inner) in of.elems.iter().enumerate() {
                    let ty = match &value.ty {
                        Ty::Tuple(types) if types.len() == of.elems.len() => types[at].clone(),
                        _ => Ty::Unknown,
                    };
                    self.bind(inner, Value { opaque: value.opaque, ..Value::of(ty) });
                }
            }
            Pat::Struct(of) => {
                for field in &of.fields {
                    let ty = match &field.member {
                        Member::Named(name) => self.member_type(&value.ty, &plain(name)),
                        Member::Unnamed(index) => {
                            self.member_type(&value.ty, &index.index.to_string())
                        }
                    };
                    let ty = ty.unwrap_or_default();
                    self.bind(&field.pat, Value { opaque: value.opaque, ..Value::of(ty) });
                }
            }
            Pat::Slice(of) => {
                for inner in &of.elems {
                    self.bind(inner, Value::default());
                }
            }
            Pat::Or(of) => {
                for case in &of.cases {
                    self.bind(case, Value { guard: None, ..value.clone() });
                }
            }
            _ => {}
        }
    }

    /// The type of a member of a Rust struct.
    fn member_type(&self, ty: &Ty, name: &str) -> Option<Ty> {
        let Ty::Named(named) = self.seen.resolved(ty) else { return None };
        self.seen.record(&named)?.member(name, &named.arguments)
    }

    fn declare(&mut self, name: String, mut value: Value) {
        if value.guard.is_none() && value.opaque && value.ty == Ty::Unknown {
            value.guard = Some(self.guards.make(State::Perhaps));
        }
        let free = value.guard.is_some_and(|guard| self.guards.keep(guard));
        let owns = value.guard.is_some() && (free || !value.borrowed);
        self.variables.push(Variable { name, value, owns });
    }

    /// A variable's guard goes elsewhere.
    pub fn release(&mut self, guard: GuardId) {
        let owners = self.variables.iter_mut().filter(|one| one.value.guard == Some(guard));
        owners.for_each(|one| one.owns = false);
    }

    pub fn variable(&self, name: &str) -> Option<&Variable> {
        self.variables.iter().rev().find(|variable| variable.name == name)
    }

    pub fn assign(&mut self, name: &str, value: Value) {
        let found = self.variables.iter_mut().rev().find(|variable| variable.name == name);
        let Some(variable) = found else { return };
        let old = variable.value.guard.filter(|_| variable.owns);
        let ty = match &value.ty {
            Ty::Unknown => variable.value.ty.clone(),
            ty => ty.clone(),
        };
        variable.value = Value { ty, ..value };
        variable.owns = variable.value.guard.is_some();
        let new = variable.value.guard;
        if let Some(guard) = new {
            self.guards.keep(guard);
        }
        if let Some(old) = old {
            self.guards.end(old, None);
        }
    }

    pub fn ty(&self, ty: &syn::Type) -> Ty {
        self.seen.resolved(&self.names.ty(ty, self.own.as_ref()))
    }

    /// What an option or a result holds.
    pub fn unwrapped(&self, ty: &Ty) -> Ty {
        let ty = self.seen.resolved(ty);
        let inner = if ty.is("Option") || ty.is("Result") { ty.argument() } else { Ty::Unknown };
        self.seen.resolved(&inner)
    }

    pub fn span(&self, node: &impl Spanned) -> Span {
        let range = node.span().byte_range();
        Span::new(range.start, range.end)
    }

    /// Notes a load for a reader that no reader section is around.
    pub fn outside(&mut self, span: Span, kind: RustOutsideKind) {
        let outside = RustOutside {
            function: self.function.clone(),
            span,
            expression: self.source.text(span),
            kind,
        };
        match outside.kind {
            RustOutsideKind::Stale { .. } => self.facts.outside.push(outside),
            RustOutsideKind::Load(_) => {
                let private = self.callers == Callers::File;
                let private = self.function.clone().filter(|_| private);
                self.doubtful.push(Doubtful { outside, private });
            }
        }
    }

    pub fn gap(&mut self, span: Span, reason: String) {
        self.gaps.push(Gap { span, function: self.function.clone(), reason });
    }

    /// Walks one way of several; where it leads, unless it ends.
    pub fn way<T>(&mut self, from: &[State], walk: impl FnOnce(&mut Self) -> T) -> (T, Way) {
        self.guards.restore(from);
        self.left = false;
        let value = walk(self);
        let way = (!self.left).then(|| self.guards.states());
        (value, way)
    }

    /// Goes on where ways meet.
    pub fn meet(&mut self, ways: Vec<Way>, from: &[State]) {
        let ways: Vec<Vec<State>> = ways.into_iter().flatten().collect();
        self.left = ways.is_empty();
        match ways.is_empty() {
            true => self.guards.restore(from),
            false => self.guards.join(&ways),
        }
    }
}

/// Where a way leads; `None` if it ends.
pub(super) type Way = Option<Vec<State>>;

/// Who can call a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Callers {
    Anyone,
    /// The file alone.
    File,
    /// Whoever the trait is made for, in a context of its own.
    Subsystem,
}

impl Callers {
    fn of(visibility: &Visibility) -> Callers {
        match visibility {
            Visibility::Inherited => Callers::File,
            _ => Callers::Anyone,
        }
    }
}

/// An expression without parentheses around it.
pub(super) fn bare(mut expr: &Expr) -> &Expr {
    loop {
        expr = match expr {
            Expr::Paren(inner) => &inner.expr,
            Expr::Group(inner) => &inner.expr,
            other => return other,
        };
    }
}

/// A type of several that were met, if it is one.
pub(super) fn common(types: impl Iterator<Item = Ty>) -> Ty {
    let mut known = types.filter(|ty| *ty != Ty::Unknown);
    let Some(first) = known.next() else { return Ty::Unknown };
    if known.all(|ty| ty == first) { first } else { Ty::Unknown }
}

/// A name of the core library for a type argument.
pub(super) fn option(ty: Ty) -> Ty {
    Ty::core("Option", Arc::from([ty]))
}

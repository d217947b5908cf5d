//! What is done with an lvalue, read off the expression around it; through macros, by looking at
//! what their bodies do with their parameters.

use std::cell::{Cell, RefCell};

use rustc_hash::FxHashMap;

use crate::facts::bodies::Harmless;
use crate::facts::{Load, Store, StoreKind, Usage};
use crate::kernel::{Operand, OperationResult, api};
use crate::syntax::{Field, Kind, NodeId, Tree};
use crate::text::lexer::is_ident_byte;
use crate::types::{Base, MacroDef, Scopes, Type, Typer, Unit, arguments_text, split_arguments};

/// What happens to an lvalue in its expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Nothing that needs an accessor: its address is taken, it is not evaluated, or its value is
    /// what an accessor stores.
    Silent,
    /// An accessor does it.
    Accessed,
    /// A plain use, and the macro whose expansion holds it.
    Use(Usage, Option<String>),
    /// In a macro's body: it is what the macro stands for.
    Result,
}

/// Macros that pass their parameters on deeper than this are not followed.
const MAX_MACROS: u32 = 12;

/// Finds out what is done with lvalues.
pub(crate) struct Uses<'u, 'a> {
    pub unit: &'u Unit<'a>,
    pub depth: Cell<u32>,
    macros: RefCell<FxHashMap<(String, usize), Outcome>>,
    nesting: Cell<u32>,
    /// The macros whose bodies are being walked.
    active: RefCell<Vec<Box<str>>>,
    /// Calls of macros that are known to do nothing of interest.
    pub harmless: RefCell<Harmless>,
}

/// Marks the body of a macro as being walked.
pub(crate) struct EnteredBody<'u>(&'u RefCell<Vec<Box<str>>>);

impl Drop for EnteredBody<'_> {
    fn drop(&mut self) {
        self.0.borrow_mut().pop();
    }
}

impl<'u, 'a> Uses<'u, 'a> {
    pub fn new(unit: &'u Unit<'a>) -> Uses<'u, 'a> {
        Uses {
            unit,
            depth: Cell::new(0),
            macros: RefCell::default(),
            nesting: Cell::new(0),
            active: RefCell::default(),
            harmless: RefCell::default(),
        }
    }

    /// Marks the body of a macro as being walked; `None` if it is already.
    pub fn enter_body(&self, name: &str) -> Option<EnteredBody<'_>> {
        let mut active = self.active.borrow_mut();
        if active.iter().any(|known| **known == *name) {
            return None;
        }
        active.push(name.into());
        Some(EnteredBody(&self.active))
    }

    /// Runs `walk` where the value of a whole text is what a macro stands for.
    pub fn in_macro(&self, walk: impl FnOnce()) {
        self.nesting.set(self.nesting.get() + 1);
        walk();
        self.nesting.set(self.nesting.get() - 1);
    }

    pub fn typer<'s>(&'s self, scopes: &'s Scopes) -> Typer<'s, 'a>
    where
        'u: 's,
    {
        Typer::new(self.unit, scopes, &self.depth)
    }

    /// Whether an expression is an annotated pointer in storage that readers may see.
    fn is_shared_rcu(&self, tree: &Tree, node: NodeId, scopes: &Scopes) -> bool {
        let typer = self.typer(scopes);
        typer
            .typed(tree, node)
            .is_ok_and(|typed| typed.base != Base::Local && typer.rcu_pointee(&typed.ty).is_some())
    }

    /// What is done with the lvalue at `node`.
    pub fn of(&self, tree: &Tree, mut node: NodeId, scopes: &Scopes) -> Outcome {
        let load = |load| Outcome::Use(Usage::Load(load), None);
        let test = || Outcome::Use(Usage::Test, None);
        while let Some(parent) = tree.parent(node) {
            let field = tree.field(node);
            if let Some((name, arguments, index)) = statement_macro(tree, node) {
                return match self.through_macro(tree, parent, &name, &arguments, index) {
                    // What the loop goes on for is tested.
                    Some(Outcome::Result) => test(),
                    Some(outcome) => outcome,
                    None => load(Load::Passed(name)),
                };
            }
            match tree.kind(parent) {
                Kind::ParenthesizedExpression | Kind::ExtensionExpression => {}
                Kind::PointerExpression => {
                    return if tree.operator(parent) == b"&" {
                        Outcome::Silent
                    } else {
                        load(Load::Followed)
                    };
                }
                Kind::FieldExpression => {
                    return if tree.operator(parent) == b"->" {
                        load(Load::Followed)
                    } else {
                        Outcome::Silent
                    };
                }
                Kind::SubscriptExpression if field == Field::Argument => {
                    return load(Load::Followed);
                }
                Kind::SubscriptExpression => return load(Load::Other),
                Kind::UnaryExpression if tree.operator(parent) == b"!" => return test(),
                Kind::BinaryExpression => match tree.operator(parent) {
                    b"==" | b"!=" | b"<" | b">" | b"<=" | b">=" | b"&&" | b"||" => return test(),
                    // `(type)&x` and `(type)*x` in disguise.
                    operator @ (b"&" | b"*" | b"-" | b"+") if field == Field::Right => {
                        let cast = tree.child(parent, Field::Left).is_some_and(|left| {
                            self.typer(scopes).parenthesized_type(tree, left).is_some()
                        });
                        return match (cast, operator) {
                            (true, b"&") => Outcome::Silent,
                            (true, b"*") => load(Load::Followed),
                            _ => load(Load::Other),
                        };
                    }
                    _ => return load(Load::Other),
                },
                Kind::AssignmentExpression => {
                    return self.assignment(tree, parent, field, scopes);
                }
                Kind::UpdateExpression => return store(tree, parent, None, StoreKind::Update),
                Kind::CastExpression => {
                    // `__force` may stand before the type, where the parse has no node for it.
                    let start = tree.span(parent).start;
                    let head = crate::text::Span { start, end: tree.span(node).start };
                    let head = &tree.text[head.range()];
                    let void = tree.child(parent, Field::Type).map(|ty| tree.text(ty));
                    if memchr::memmem::find(head, b"__force").is_some() || void == Some(b"void") {
                        return Outcome::Silent;
                    }
                }
                Kind::GenericExpression => {
                    if tree.first_child(parent) == Some(node) {
                        return Outcome::Silent;
                    }
                }
                Kind::CommaExpression if field == Field::Left => return load(Load::Other),
                Kind::CommaExpression => {}
                Kind::ConditionalExpression
                    if field == Field::Condition
                        && tree.child(parent, Field::Consequence).is_some() =>
                {
                    return test();
                }
                Kind::ConditionalExpression => {}
                Kind::ReturnStatement => return load(Load::Returned),
                Kind::InitDeclarator | Kind::InitializerPair | Kind::InitializerList => {
                    return load(Load::Assigned);
                }
                Kind::ArgumentList => match self.argument(tree, parent, node, scopes) {
                    (Outcome::Result, Some(call)) => {
                        node = call;
                        continue;
                    }
                    (outcome, _) => return outcome,
                },
                Kind::CallExpression => return load(Load::Followed),
                Kind::IfStatement | Kind::WhileStatement | Kind::DoStatement => return test(),
                Kind::ForStatement if field == Field::Condition => return test(),
                Kind::ExpressionStatement => {
                    let Some(block) = tree.parent(parent) else { return load(Load::Other) };
                    let last = tree.children(block).last() == Some(parent);
                    let Some(outer) = tree.parent(block) else { return load(Load::Other) };
                    let expression = tree.kind(outer) == Kind::ParenthesizedExpression;
                    if last && expression {
                        // The value of `({ ...; value; })`.
                        node = outer;
                        continue;
                    }
                    let whole_snippet = tree.kind(outer) == Kind::FunctionDefinition
                        && tree.children(block).next() == Some(parent);
                    return if whole_snippet && self.nesting.get() > 0 {
                        Outcome::Result
                    } else {
                        load(Load::Other)
                    };
                }
                Kind::SwitchStatement
                | Kind::CaseStatement
                | Kind::ForStatement
                | Kind::UnaryExpression => return load(Load::Other),
                _ => return Outcome::Silent,
            }
            node = parent;
        }
        Outcome::Silent
    }

    fn assignment(&self, tree: &Tree, node: NodeId, field: Field, scopes: &Scopes) -> Outcome {
        let right = tree.child(node, Field::Right);
        if field == Field::Left {
            if tree.operator(node) != b"=" {
                return store(tree, node, None, StoreKind::Update);
            }
            let statement = tree.parent(node).is_some_and(|parent| {
                matches!(tree.kind(parent), Kind::ExpressionStatement | Kind::ForStatement)
            });
            let how = if statement { StoreKind::Statement } else { StoreKind::Expression };
            return store(tree, node, right, how);
        }
        // The value of a store to an `__rcu` lvalue: the store is what is wrong.
        let into_rcu = tree
            .child(node, Field::Left)
            .is_some_and(|left| self.is_shared_rcu(tree, left, scopes));
        if into_rcu { Outcome::Silent } else { Outcome::Use(Usage::Load(Load::Assigned), None) }
    }

    /// What a call does with one of its arguments. `Result` comes with the call: its value is the
    /// argument's.
    fn argument(
        &self,
        tree: &Tree,
        list: NodeId,
        node: NodeId,
        scopes: &Scopes,
    ) -> (Outcome, Option<NodeId>) {
        let Some(call) = tree.parent(list) else { return (Outcome::Silent, None) };
        let Some(function) = tree.child(call, Field::Function) else {
            return (Outcome::Silent, None);
        };
        let index = tree.children(list).position(|at| at == node).unwrap_or(0);
        let passed = |name: &[u8]| {
            let name = String::from_utf8_lossy(name).into_owned();
            (Outcome::Use(Usage::Load(Load::Passed(name)), None), None)
        };
        // `(type)(x)`
        if self.typer(scopes).parenthesized_type(tree, function).is_some() {
            return (Outcome::Result, Some(call));
        }
        let bare = tree.bare(function);
        if tree.kind(bare) != Kind::Identifier || scopes.find(tree.text(bare)).is_some() {
            return passed(tree.text(function));
        }
        let name = tree.text(bare);
        if let Some(accessor) = api().accessors.get(name) {
            return if index == accessor.pointer {
                (Outcome::Accessed, None)
            } else if Some(index) == accessor.value {
                (Outcome::Silent, None)
            } else if Some(index) == accessor.condition {
                let through = String::from_utf8_lossy(name).into_owned();
                (Outcome::Use(Usage::Test, Some(through)), None)
            } else {
                passed(name)
            };
        }
        if let Some(operation) = api().operations.get(name) {
            if index > 0 {
                let into_rcu = index == 1
                    && operation.usage == Operand::MarkedStore
                    && tree
                        .children(list)
                        .next()
                        .is_some_and(|to| self.is_shared_rcu(tree, to, scopes));
                return if into_rcu { (Outcome::Silent, None) } else { passed(name) };
            }
            return match operation.usage {
                Operand::MarkedLoad => (self.marked(tree, call, name, scopes), None),
                Operand::MarkedStore => {
                    let value = tree.children(list).nth(1);
                    (store(tree, call, value, StoreKind::WriteOnce), None)
                }
                Operand::Unevaluated => (Outcome::Silent, None),
                Operand::Test => (
                    Outcome::Use(Usage::Test, Some(String::from_utf8_lossy(name).into_owned())),
                    None,
                ),
                Operand::Lvalue => (Outcome::Result, Some(call)),
                Operand::Operand if operation.result == OperationResult::Same(0) => {
                    (Outcome::Result, Some(call))
                }
                Operand::Operand | Operand::Address => passed(name),
            };
        }
        let name = String::from_utf8_lossy(name).into_owned();
        let text = arguments_text(tree, call);
        if !self.unit.spend_on_text(text.len()) {
            return passed(name.as_bytes());
        }
        match self.through_macro(tree, call, &name, &split_arguments(&text), index) {
            Some(Outcome::Result) => (Outcome::Result, Some(call)),
            Some(outcome) => (outcome, None),
            None if self.takes_rcu(&name, index) => {
                (Outcome::Use(Usage::Load(Load::HandedOver(name)), None), None)
            }
            None => passed(name.as_bytes()),
        }
    }

    /// Whether a function's parameter is an annotated pointer.
    fn takes_rcu(&self, name: &str, index: usize) -> bool {
        let scopes = Scopes::default();
        let typer = self.typer(&scopes);
        self.unit.ordinary(name).iter().any(|found| match &found.what.ty.ty {
            Type::Function(signature) => signature
                .parameters
                .get(index)
                .is_some_and(|parameter| typer.rcu_pointee(&parameter.ty).is_some()),
            _ => false,
        })
    }

    /// What a function-like macro does with an argument; `None` where there is no such macro.
    fn through_macro(
        &self,
        tree: &Tree,
        call: NodeId,
        name: &str,
        arguments: &[&str],
        index: usize,
    ) -> Option<Outcome> {
        let macros = self.unit.macros(name);
        // Definitions for different configurations: the quietest is right in some.
        let best = macros
            .iter()
            .filter(|found| found.what.parameters.is_some())
            .map(|found| self.parameter(&found.what, index, arguments))
            .max_by_key(rank)?;
        let Outcome::Use(usage, _) = best else { return Some(best) };
        let usage = match usage {
            // What is stored stands in the macro, not in this text.
            Usage::Store(store) => Usage::Store(at_call(&store, tree, call)),
            Usage::NullStore(store) => Usage::NullStore(at_call(&store, tree, call)),
            Usage::Load(Load::HandedOver(callee)) => Usage::Load(Load::HandedOver(callee)),
            Usage::Load(_) => Usage::Load(Load::Passed(name.to_owned())),
            Usage::Test => Usage::Test,
        };
        Some(Outcome::Use(usage, Some(name.to_owned())))
    }

    /// A marked read: what is done with the value decides.
    fn marked(&self, tree: &Tree, call: NodeId, name: &[u8], scopes: &Scopes) -> Outcome {
        let name = String::from_utf8_lossy(name).into_owned();
        match self.of(tree, call, scopes) {
            Outcome::Use(Usage::Test, through) => {
                Outcome::Use(Usage::Test, Some(through.unwrap_or(name)))
            }
            Outcome::Use(Usage::Load(_), through) => {
                Outcome::Use(Usage::Load(Load::Marked(tree.file_span(call))), through)
            }
            Outcome::Use(..) => Outcome::Silent,
            other => other,
        }
    }

    /// What a macro does with one of its parameters.
    fn parameter(&self, def: &MacroDef, index: usize, arguments: &[&str]) -> Outcome {
        let Some(parameter) = def.parameter(index) else { return Outcome::Silent };
        // Parameters stand for themselves, but for operators (`ASSERTCMP(a, ==, b)`).
        let names: Vec<&str> = def
            .parameters
            .iter()
            .flatten()
            .zip(arguments.iter().map(Some).chain(std::iter::repeat(None)))
            .map(|(name, argument)| match argument {
                Some(argument) if argument.bytes().all(|b| b"=<>!&|+-".contains(&b)) => argument,
                _ => &**name,
            })
            .collect();
        let body = def.substitute(&names);
        let key = (body, index);
        if let Some(known) = self.macros.borrow().get(&key) {
            return known.clone();
        }
        if self.nesting.get() >= MAX_MACROS {
            return Outcome::Silent;
        }
        self.nesting.set(self.nesting.get() + 1);
        let outcome = self.in_body(&key.0, parameter);
        self.nesting.set(self.nesting.get() - 1);
        self.macros.borrow_mut().insert(key, outcome.clone());
        outcome
    }

    fn in_body(&self, body: &str, parameter: &str) -> Outcome {
        let Some(tree) = self.unit.snippet(body) else { return Outcome::Silent };
        if !tree.errors.is_empty() {
            return Outcome::Silent;
        }
        let scopes = Scopes::default();
        let mut best = Outcome::Silent;
        for node in tree.all() {
            if tree.kind(node) != Kind::Identifier
                || tree.text(node) != parameter.as_bytes()
                || unevaluated(&tree, node)
            {
                continue;
            }
            let outcome = self.of(&tree, node, &scopes);
            if weight(&outcome) > weight(&best) {
                best = outcome;
            }
        }
        best
    }
}

/// Whether a node stands in the operand of `sizeof` and its kind.
fn unevaluated(tree: &Tree, node: NodeId) -> bool {
    std::iter::successors(Some(node), |at| tree.parent(*at)).any(|at| {
        matches!(
            tree.kind(at),
            Kind::SizeofExpression | Kind::AlignofExpression | Kind::OffsetofExpression
        )
    })
}

/// Among uses of one parameter, the one that counts.
fn weight(outcome: &Outcome) -> u8 {
    match outcome {
        Outcome::Accessed => 6,
        Outcome::Use(Usage::Store(_), _) => 5,
        Outcome::Use(Usage::NullStore(_), _) => 5,
        Outcome::Use(Usage::Load(_), _) => 4,
        Outcome::Result => 3,
        Outcome::Use(Usage::Test, _) => 2,
        Outcome::Silent => 0,
    }
}

/// Among definitions of one macro, the quietest first.
fn rank(outcome: &Outcome) -> u8 {
    match outcome {
        Outcome::Accessed => 7,
        Outcome::Use(Usage::Test, _) => 5,
        Outcome::Result => 4,
        Outcome::Use(Usage::Load(_), _) => 3,
        Outcome::Use(..) => 2,
        Outcome::Silent => 1,
    }
}

fn at_call(store: &Store, tree: &Tree, call: NodeId) -> Store {
    let how = match store.how {
        StoreKind::WriteOnce => StoreKind::WriteOnce,
        _ => StoreKind::Update,
    };
    Store { whole: tree.file_span(call), value: None, how }
}

/// For an argument of a macro that heads a statement (`for_each_item(x->list, item) {` reads as a
/// loop): the macro's name, its arguments, and which of them the node is.
fn statement_macro(tree: &Tree, node: NodeId) -> Option<(String, Vec<&str>, usize)> {
    let mut at = node;
    while tree.parent(at).is_some_and(|parent| tree.kind(parent) == Kind::CommaExpression) {
        at = tree.parent(at)?;
    }
    let head = tree.parent(at).filter(|p| tree.kind(*p) == Kind::ParenthesizedExpression)?;
    let statement = tree.parent(head)?;
    if !matches!(tree.kind(statement), Kind::WhileStatement | Kind::IfStatement)
        || tree.field(head) != Field::Condition
    {
        return None;
    }
    let (start, open) = (tree.span(statement).start as usize, tree.span(head).start as usize);
    let name = tree.text[start..open].trim_ascii();
    if matches!(name, b"while" | b"if") || !name.iter().all(|b| is_ident_byte(*b)) {
        return None;
    }
    let inside = tree.text[open + 1..tree.span(head).end as usize - 1].as_ref();
    let inside = std::str::from_utf8(inside).ok()?;
    let before = tree.span(node).start as usize - open - 1;
    let index = split_arguments(inside.get(..before)?).len().saturating_sub(1);
    Some((String::from_utf8_lossy(name).into_owned(), split_arguments(inside), index))
}

fn store(tree: &Tree, whole: NodeId, value: Option<NodeId>, how: StoreKind) -> Outcome {
    let store =
        Store { whole: tree.file_span(whole), value: value.map(|v| tree.file_span(v)), how };
    let null = value.is_some_and(|value| is_null(tree, value));
    Outcome::Use(if null { Usage::NullStore(store) } else { Usage::Store(store) }, None)
}

/// NULL, 0, a cast of them, or an assignment of them.
pub(crate) fn is_null(tree: &Tree, node: NodeId) -> bool {
    let node = tree.bare(node);
    match tree.kind(node) {
        Kind::Null => true,
        Kind::NumberLiteral => tree.text(node) == b"0",
        Kind::Identifier => tree.text(node) == b"NULL",
        Kind::CastExpression => tree.child(node, Field::Value).is_some_and(|v| is_null(tree, v)),
        Kind::AssignmentExpression => {
            tree.child(node, Field::Right).is_some_and(|right| is_null(tree, right))
        }
        _ => false,
    }
}

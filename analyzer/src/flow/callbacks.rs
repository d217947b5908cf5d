//! Where a file registers functions that the kernel calls back, and in what context it does.

use std::cell::Cell;

use crate::flow::context::{By, Context, Held};
use crate::flow::effects::{callee, has_object};
use crate::flow::{Flows, UNNAMED};
use crate::items::{Item, ItemKind};
use crate::kernel::context::{Callback, Kind, Pasted, Registration, context};
use crate::syntax::{Field, Kind as Node, NodeId, Tree};
use crate::text::lexer::{Token, TokenKind, lex};
use crate::types::{Qualified, Scopes, Type, Typer, Unit, read_declaration, split_arguments};

/// Macros that define a system call: their functions are called from user space, with nothing held.
/// Sources: include/linux/syscalls.h, include/linux/compat.h.
const SYSTEM_CALLS: [&[u8]; 2] = [b"SYSCALL_DEFINE", b"COMPAT_SYSCALL_DEFINE"];

impl Flows<'_, '_> {
    /// In what contexts the kernel calls a function, where an item names it for another purpose than
    /// to call it; `None` if not all of them are known.
    pub(super) fn registered(&self, at: u32, name: &str) -> Option<Vec<Context>> {
        let item = &self.unit.file.items.items[at as usize];
        let text = self.unit.file.text(item);
        match item.kind {
            ItemKind::Define => None,
            ItemKind::MacroCall => self.by_macro(text, name),
            ItemKind::Declaration => {
                self.by_macro(text, name).or_else(|| self.by_code(at, name).into_iter().collect())
            }
            ItemKind::Function => self.by_code(at, name).into_iter().collect(),
        }
    }

    /// As [`Flows::registered`], those that are known.
    pub(super) fn known_registrations(&self, at: u32, name: &str) -> Vec<Context> {
        let item = &self.unit.file.items.items[at as usize];
        if matches!(item.kind, ItemKind::Define | ItemKind::MacroCall) {
            return self.registered(at, name).unwrap_or_default();
        }
        let text = self.unit.file.text(item);
        let found = self.by_macro(text, name);
        found.unwrap_or_else(|| self.by_code(at, name).into_iter().flatten().collect())
    }

    /// `module_init(f);`, `static DEVICE_ATTR(x, 0444, show, store);`
    fn by_macro(&self, text: &[u8], name: &str) -> Option<Vec<Context>> {
        let (called, arguments) = lone_call(text)?;
        let at = arguments.iter().enumerate().filter(|(_, argument)| argument.trim() == name);
        let contexts =
            at.map(|(at, _)| self.called_back(&Registration::Argument(called.clone(), at)));
        contexts.collect::<Option<Vec<_>>>().filter(|found| !found.is_empty())
    }

    fn by_code(&self, at: u32, name: &str) -> Vec<Option<Context>> {
        let item = &self.unit.file.items.items[at as usize];
        let mut found = Vec::new();
        for tree in self.unit.trees(None, at).iter() {
            if !self.unit.spend_on_text(tree.text.len()) {
                return vec![None];
            }
            let (scopes, depth) = (variables(self.unit, tree), Cell::new(0));
            let reading = Reading { tree, typer: Typer::new(self.unit, &scopes, &depth) };
            for node in tree.all() {
                let named = tree.kind(node) == Node::Identifier
                    && tree.text(node) == name.as_bytes()
                    && !reading.calls_or_declares(node)
                    && !(item.kind == ItemKind::Function && shadowed(&scopes, name));
                if named {
                    let at = reading.registration(node);
                    found.push(at.and_then(|at| self.called_back(&at)));
                }
            }
            self.unit.clear_local_records();
        }
        found
    }

    /// The contexts of a function whose name macros make (`DEVICE_ATTR_RO(state)`: `state_show()`).
    pub(super) fn pasted(&self, name: &str) -> Vec<Context> {
        let all = self.pasted.get_or_init(|| self.read_pasted());
        let made = all.iter().filter(|(start, pasted)| {
            name.strip_suffix(&*pasted.suffix).is_some_and(|rest| rest == start)
        });
        made.map(|(_, pasted)| of_callback(&pasted.callback)).collect()
    }

    /// The starts of names that macros of the file are given to make names of, and how they do.
    fn read_pasted(&self) -> Vec<(String, &'static Pasted)> {
        let file = &self.unit.file;
        let lone = |item: &&Item| matches!(item.kind, ItemKind::MacroCall | ItemKind::Declaration);
        let mut found = Vec::new();
        for item in file.items.items.iter().filter(lone) {
            let text = file.text(item);
            let tokens = lex(text, 0, text.len().min(LONGEST));
            for (at, token) in tokens.iter().enumerate() {
                if token.kind != TokenKind::Ident
                    || !tokens.get(at + 1).is_some_and(|next| next.is(text, b"("))
                {
                    continue;
                }
                for pasted in context().pasted(token.text(text), self.version) {
                    let Some(inside) = parenthesized(text, &tokens, at + 1) else { continue };
                    let arguments = split_arguments(&inside);
                    let start = arguments.get(pasted.argument).map(|text| text.trim().to_owned());
                    found.extend(start.map(|start| (start, pasted)));
                }
            }
        }
        found
    }

    /// Whether a function is a system call.
    pub(super) fn is_system_call(&self, name: &str) -> bool {
        let all = self.system_calls.get_or_init(|| {
            let file = &self.unit.file;
            let items = file.items.items.iter().filter(|item| {
                item.kind == ItemKind::Function
                    && SYSTEM_CALLS.iter().any(|head| file.text(item).starts_with(head))
            });
            items.filter_map(|item| self.function_of(item)).collect()
        });
        all.contains(name)
    }

    fn called_back(&self, at: &Registration) -> Option<Context> {
        context().callback(at, self.version).map(of_callback)
    }
}

/// Longer items than this are tables of data.
const LONGEST: usize = 4096;

fn of_callback(callback: &Callback) -> Context {
    let kinds =
        callback.holds.iter().map(|kind| (*kind, has_object(*kind).then(|| UNNAMED.to_owned())));
    let locks = callback.locks.iter().map(|lock| (Kind::Mutex, Some(format!("&{lock}"))));
    let held = kinds.chain(locks).map(|(kind, object)| Held { kind, object, by: By::Callers });
    Context { held: held.collect(), all_callers: true, rooted: true, ..Context::default() }
}

/// For an item that is one call of a macro, with storage classes before it: its name and arguments.
fn lone_call(text: &[u8]) -> Option<(String, Vec<String>)> {
    // Most that are asked about are tables, and some of those are long.
    let head = &text[..memchr::memchr(b'(', text)?];
    if memchr::memchr3(b'=', b'{', b'/', head).is_some_and(|at| head[at] != b'/') {
        return None;
    }
    let tokens = lex(text, 0, text.len());
    let open = tokens.iter().position(|token| token.is(text, b"("))?;
    let (name, before) = tokens[..open].split_last()?;
    let storage =
        |token: &Token| matches!(token.text(text), b"static" | b"const" | b"__maybe_unused");
    if name.kind != TokenKind::Ident || !before.iter().all(storage) {
        return None;
    }
    let inside = parenthesized(text, &tokens, open)?;
    let called = String::from_utf8_lossy(name.text(text)).into_owned();
    Some((called, split_arguments(&inside).into_iter().map(str::to_owned).collect()))
}

/// What stands between the parenthesis at `open` and the one that closes it.
fn parenthesized(text: &[u8], tokens: &[Token], open: usize) -> Option<String> {
    let mut depth = 0usize;
    for token in &tokens[open..] {
        match token.text(text) {
            b"(" => depth += 1,
            b")" => depth = depth.checked_sub(1)?,
            _ => {}
        }
        if depth == 0 {
            let inside = &text[tokens[open].end as usize..token.start as usize];
            return Some(String::from_utf8_lossy(inside).into_owned());
        }
    }
    None
}

/// Whether a name means a variable of the function: `work` in `void work(struct work_struct *work)`.
fn shadowed(scopes: &Scopes, name: &str) -> bool {
    let found = scopes.find(name.as_bytes());
    found.is_some_and(|local| !local.shared && !matches!(local.ty.ty, Type::Function(_)))
}

/// All variables of a function; of one name the last.
fn variables(unit: &Unit<'_>, tree: &Tree) -> Scopes {
    let (mut scopes, depth) = (Scopes::default(), Cell::new(0));
    for node in tree.all() {
        match tree.kind(node) {
            Node::Declaration => {
                unit.declare(tree, node, &mut scopes, &depth);
            }
            Node::FunctionDefinition => {
                let declared = read_declaration(tree, node, &mut Vec::new());
                for one in declared {
                    let Type::Function(signature) = &one.ty.ty else { continue };
                    for parameter in &signature.parameters {
                        scopes.declare_parameter(parameter);
                    }
                }
            }
            _ => {}
        }
    }
    scopes
}

/// One reading of an item.
struct Reading<'t> {
    tree: &'t Tree,
    typer: Typer<'t, 't>,
}

impl Reading<'_> {
    fn calls_or_declares(&self, node: NodeId) -> bool {
        self.tree.parent(node).is_some_and(|parent| match self.tree.kind(parent) {
            Node::FunctionDeclarator | Node::PointerDeclarator | Node::ParameterDeclaration => true,
            Node::CallExpression => self.tree.field(node) == Field::Function,
            _ => false,
        })
    }

    /// Where the function goes that is named here.
    fn registration(&self, name: NodeId) -> Option<Registration> {
        let tree = self.tree;
        let mut at = name;
        loop {
            let parent = tree.parent(at)?;
            match tree.kind(parent) {
                Node::ParenthesizedExpression | Node::CastExpression => at = parent,
                Node::PointerExpression if tree.operator(parent) == b"&" => at = parent,
                Node::InitializerPair if tree.field(at) == Field::Value => {
                    return self.designated(parent);
                }
                Node::AssignmentExpression if tree.field(at) == Field::Right => {
                    let left = tree.child(parent, Field::Left).map(|left| tree.bare(left))?;
                    return self.member(left);
                }
                Node::ArgumentList => {
                    let call = tree.parent(parent)?;
                    let at = tree.children(parent).position(|argument| argument == at)?;
                    return Some(Registration::Argument(callee(tree, call)?.to_owned(), at));
                }
                _ => return None,
            }
        }
    }

    /// `x->member = f`
    fn member(&self, lvalue: NodeId) -> Option<Registration> {
        let tree = self.tree;
        if tree.kind(lvalue) != Node::FieldExpression {
            return None;
        }
        let typed = self.typer.typed(tree, lvalue).ok()?;
        Some(Registration::Member(typed.site?.name.clone()))
    }

    /// `.member = f`
    fn designated(&self, pair: NodeId) -> Option<Registration> {
        let tree = self.tree;
        let list = tree.parent(pair).filter(|at| tree.kind(*at) == Node::InitializerList)?;
        let mut ty = self.of_list(list, DEEPEST)?;
        let mut member = None;
        for part in self.designators(pair) {
            let (inner, name) = self.part(&ty, part)?;
            (ty, member) = (inner, name);
        }
        member.map(Registration::Member)
    }

    fn designators(&self, pair: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        let tree = self.tree;
        tree.children(pair).filter(|part| tree.field(*part) == Field::Designator)
    }

    /// What `.member` or `[index]` leads to, and the member's full name.
    fn part(&self, ty: &Qualified, part: NodeId) -> Option<(Qualified, Option<String>)> {
        let tree = self.tree;
        if tree.kind(part) == Node::FieldDesignator {
            let name = String::from_utf8_lossy(tree.text(tree.first_child(part)?)).into_owned();
            let (ty, site) = self.typer.member(ty, &name).ok()?;
            return Some((ty, Some(site.name)));
        }
        match self.typer.resolve(ty).ty {
            Type::Array(of) => Some(((*of).clone(), None)),
            _ => None,
        }
    }

    /// The type of what a list initialises.
    fn of_list(&self, list: NodeId, depth: usize) -> Option<Qualified> {
        let tree = self.tree;
        let parent = tree.parent(list)?;
        match tree.kind(parent) {
            Node::InitDeclarator => {
                let declaration = tree.parent(parent)?;
                let declared = read_declaration(tree, declaration, &mut Vec::new());
                declared.into_iter().find(|one| one.value == Some(list)).map(|one| one.ty)
            }
            Node::CompoundLiteralExpression => {
                self.typer.typed(tree, parent).ok().map(|typed| typed.ty)
            }
            Node::InitializerPair => {
                let outer = tree.parent(parent)?;
                let ty = self.of_list(outer, depth.checked_sub(1)?)?;
                let mut parts = self.designators(parent);
                parts.try_fold(ty, |ty, part| Some(self.part(&ty, part)?.0))
            }
            Node::InitializerList => {
                let outer = self.of_list(parent, depth.checked_sub(1)?)?;
                match self.typer.resolve(&outer).ty {
                    Type::Array(of) => Some((*of).clone()),
                    _ => None,
                }
            }
            _ => None,
        }
    }
}

/// Initialisers nested deeper are not looked into.
const DEEPEST: usize = 8;

//! From the syntax tree of a function to its [`Cfg`].

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::flow::cfg::{Assume, Block, BlockId, Cfg, Edge, GuardId, Guarding, Step, VarId};
use crate::syntax::{Field, Kind, NodeId, Tree};
use crate::types::{arguments_text, split_arguments};

/// Where `break` or `continue` leads, and the guards that stay there.
#[derive(Clone, Copy)]
struct Target {
    block: BlockId,
    guards: usize,
}

/// A `goto` whose label may come later.
struct Jump {
    /// The block on the way, where guards are dropped.
    way: BlockId,
    label: Box<str>,
    guards: Vec<GuardId>,
}

/// Builds a graph.
pub(super) struct Builder<'t> {
    pub(super) tree: &'t Tree,
    pub(super) cfg: Cfg,
    /// Where the next step goes; a block without a way in after a jump.
    pub(super) at: BlockId,
    breaks: Vec<Target>,
    continues: Vec<Target>,
    /// Where the cases of a `switch` are chosen, and whether there was a `default`.
    switches: Vec<(BlockId, bool)>,
    labels: FxHashMap<Box<str>, (BlockId, Vec<GuardId>)>,
    jumps: Vec<Jump>,
    /// The guards whose scope this is, innermost last.
    held: Vec<GuardId>,
    scopes: Vec<(Arc<str>, VarId)>,
    /// The condition is one that is said to hold.
    pub(super) asserting: bool,
}

impl Cfg {
    /// The graph of a function with these parameters.
    pub fn of_function(tree: &Tree, parameters: &[Option<Arc<str>>], body: NodeId) -> Cfg {
        let mut cfg = Cfg { blocks: vec![Block::default(), Block::default()], ..Cfg::default() };
        cfg.parameters = parameters.len();
        cfg.head = tree.text[..tree.span(body).start as usize].into();
        let mut builder = Builder {
            tree,
            cfg,
            at: Cfg::ENTRY,
            breaks: Vec::new(),
            continues: Vec::new(),
            switches: Vec::new(),
            labels: FxHashMap::default(),
            jumps: Vec::new(),
            held: Vec::new(),
            scopes: Vec::new(),
            asserting: false,
        };
        for name in parameters {
            builder.declare(name.as_deref().unwrap_or(""));
        }
        builder.statement(body);
        builder.leave_to(0);
        builder.go(Cfg::EXIT);
        builder.land();
        builder.cfg
    }
}

impl Builder<'_> {
    pub(super) fn block(&mut self) -> BlockId {
        self.cfg.blocks.push(Block::default());
        self.cfg.blocks.len() - 1
    }

    pub(super) fn step(&mut self, step: Step) {
        self.cfg.blocks[self.at].steps.push(step);
    }

    pub(super) fn edge(&mut self, from: BlockId, to: BlockId, assume: Option<Assume>) {
        self.cfg.blocks[from].edges.push(Edge { to, assume });
    }

    /// Goes on at `to`, which stays open.
    pub(super) fn go(&mut self, to: BlockId) {
        self.edge(self.at, to, None);
    }

    /// What follows a jump: reached only by a label.
    pub(super) fn nowhere(&mut self) {
        self.at = self.block();
    }

    fn declare(&mut self, name: &str) -> VarId {
        let id = self.cfg.vars.len().min(usize::from(VarId::MAX)) as VarId;
        let name: Arc<str> = name.into();
        self.cfg.vars.push(name.clone());
        self.scopes.push((name, id));
        id
    }

    pub(super) fn name(&mut self, identifier: NodeId) {
        let text = self.tree.text(identifier);
        let found = self.scopes.iter().rev().find(|(name, _)| name.as_bytes() == text);
        if let Some((_, id)) = found {
            self.cfg.names.insert(identifier, *id);
        }
    }

    fn leave_to(&mut self, guards: usize) {
        for at in (guards..self.held.len()).rev() {
            self.step(Step::Drop(self.held[at]));
        }
    }

    fn take(&mut self, class: &str, argument: Option<&str>, node: NodeId) {
        let guard = Guarding {
            class: class.trim().into(),
            argument: argument.map(|text| text.trim().into()),
            node,
        };
        self.cfg.guards.push(guard);
        let id = self.cfg.guards.len() - 1;
        self.step(Step::Take(id));
        self.held.push(id);
    }

    pub(super) fn statement(&mut self, node: NodeId) {
        match self.tree.kind(node) {
            Kind::CompoundStatement => {
                let (guards, names) = (self.held.len(), self.scopes.len());
                for child in self.tree.children(node) {
                    self.statement(child);
                }
                self.leave_to(guards);
                self.held.truncate(guards);
                self.scopes.truncate(names);
            }
            Kind::ExpressionStatement => self.expression_statement(node),
            Kind::Declaration => self.declaration(node),
            Kind::IfStatement => self.if_(node),
            Kind::ElseClause => self.all(node),
            Kind::SwitchStatement => self.switch(node),
            Kind::CaseStatement => self.case(node),
            Kind::WhileStatement => self.while_(node),
            Kind::DoStatement => self.do_(node),
            Kind::ForStatement => self.for_(node),
            Kind::ReturnStatement => {
                self.operands(node);
                self.step(Step::Node(node));
                self.leave_to(0);
                self.go(Cfg::EXIT);
                self.nowhere();
            }
            Kind::BreakStatement => self.jump(self.breaks.last().copied()),
            Kind::ContinueStatement => self.jump(self.continues.last().copied()),
            Kind::GotoStatement => self.goto(node),
            Kind::LabeledStatement => self.label(node),
            Kind::TypeDefinition | Kind::StatementIdentifier => {}
            Kind::Error => self.all(node),
            _ => self.expression(node),
        }
    }

    fn all(&mut self, node: NodeId) {
        for child in self.tree.children(node) {
            self.statement(child);
        }
    }

    fn expression_statement(&mut self, node: NodeId) {
        let tree = self.tree;
        let Some(expression) = tree.first_child(node) else { return };
        if tree.kind(expression) == Kind::CallExpression {
            if let Some(inner) = tree
                .child(expression, Field::Function)
                .filter(|inner| tree.kind(*inner) == Kind::CallExpression)
            {
                let name = tree.child(inner, Field::Function).map_or(&b""[..], |f| tree.text(f));
                if matches!(name, b"guard" | b"CLASS") {
                    for list in [inner, expression] {
                        if let Some(list) = tree.child(list, Field::Arguments) {
                            self.operands(list);
                        }
                    }
                    let (class, argument) =
                        (arguments_text(tree, inner), arguments_text(tree, expression));
                    let parts = split_arguments(&class);
                    if let (b"CLASS", Some(variable)) = (name, parts.get(1)) {
                        self.declare(variable);
                    }
                    let argument = Some(argument.as_str()).filter(|text| !text.trim().is_empty());
                    self.take(parts.first().unwrap_or(&""), argument, expression);
                    return;
                }
            }
        }
        if tree.kind(expression) == Kind::CallExpression && self.assertion(expression) {
            return;
        }
        self.expression(expression);
        if tree.kind(expression) == Kind::CallExpression && never_returns(tree, expression) {
            self.nowhere();
        }
    }

    /// `BUG_ON(x)`, and what says which reader section or lock is held: what follows goes on where
    /// that is so.
    fn assertion(&mut self, call: NodeId) -> bool {
        let tree = self.tree;
        let wrong = calls(tree, call, &[b"BUG_ON", b"RCU_LOCKDEP_WARN"])
            || calls(tree, call, &[b"WARN_ON", b"WARN_ON_ONCE", b"WARN", b"WARN_ONCE"])
                && memchr::memmem::find(tree.text(call), b"_held").is_some();
        let condition = tree.child(call, Field::Arguments).and_then(|list| tree.first_child(list));
        let Some(condition) =
            condition.filter(|_| wrong || calls(tree, call, &[b"lockdep_assert"]))
        else {
            return false;
        };
        let (never, after) = (self.block(), self.block());
        self.asserting = true;
        if wrong {
            self.condition(condition, never, after);
        } else {
            self.condition(condition, after, never);
        }
        self.asserting = false;
        self.at = after;
        true
    }

    fn declaration(&mut self, node: NodeId) {
        let tree = self.tree;
        for child in tree.children(node).filter(|c| tree.field(*c) == Field::Declarator) {
            let value = (tree.kind(child) == Kind::InitDeclarator)
                .then(|| tree.child(child, Field::Value))
                .flatten();
            if let Some(value) = value {
                self.expression(value);
            }
            if let Some(name) = declared_name(tree, child) {
                let text = String::from_utf8_lossy(tree.text(name)).into_owned();
                let id = self.declare(&text);
                self.cfg.names.insert(name, id);
            }
            if value.is_some() {
                self.step(Step::Node(child));
            }
        }
    }

    fn if_(&mut self, node: NodeId) {
        let tree = self.tree;
        let (yes, no, after) = (self.block(), self.block(), self.block());
        match tree.child(node, Field::Condition) {
            Some(condition) if tree.text(node).starts_with(b"if") => {
                self.condition(condition, yes, no);
            }
            condition => {
                condition.into_iter().for_each(|condition| self.expression(condition));
                self.go(yes);
                self.go(no);
            }
        }
        self.at = yes;
        if let Some(then) = tree.child(node, Field::Consequence) {
            self.statement(then);
        }
        self.go(after);
        self.at = no;
        if let Some(otherwise) = tree.child(node, Field::Alternative) {
            self.statement(otherwise);
        }
        self.go(after);
        self.at = after;
    }

    fn target(&self, block: BlockId) -> Target {
        Target { block, guards: self.held.len() }
    }

    fn switch(&mut self, node: NodeId) {
        let tree = self.tree;
        if let Some(condition) = tree.child(node, Field::Condition) {
            self.expression(condition);
        }
        let (choice, after) = (self.at, self.block());
        self.nowhere();
        self.switches.push((choice, false));
        self.breaks.push(self.target(after));
        if let Some(body) = tree.child(node, Field::Body) {
            self.statement(body);
        }
        self.breaks.pop();
        self.go(after);
        if let Some((choice, false)) = self.switches.pop() {
            self.edge(choice, after, None);
        }
        self.at = after;
    }

    fn case(&mut self, node: NodeId) {
        let tree = self.tree;
        let here = self.block();
        self.go(here);
        let value = tree.child(node, Field::Value);
        if let Some((choice, default)) = self.switches.last_mut() {
            *default |= value.is_none();
            let choice = *choice;
            self.edge(choice, here, None);
        }
        self.at = here;
        for child in tree.children(node) {
            if tree.field(child) != Field::Value {
                self.statement(child);
            }
        }
    }

    /// The loop's body; `again` is where `continue` leads.
    fn body(&mut self, node: NodeId, again: BlockId, after: BlockId) {
        self.breaks.push(self.target(after));
        self.continues.push(self.target(again));
        if let Some(body) = self.tree.child(node, Field::Body) {
            self.statement(body);
        }
        self.breaks.pop();
        self.continues.pop();
    }

    /// `while (...)`, a loop macro, or a guard with a body, which normalisation makes a loop.
    fn while_(&mut self, node: NodeId) {
        let tree = self.tree;
        let text = tree.text(node);
        if text.starts_with(b"scoped_guard") || text.starts_with(b"scoped_cond_guard") {
            return self.scoped_guard(node);
        }
        let (head, body, after) = (self.block(), self.block(), self.block());
        self.go(head);
        self.at = head;
        let condition = tree.child(node, Field::Condition);
        if text.starts_with(b"while") {
            match condition {
                Some(condition) => self.condition(condition, body, after),
                None => self.go(body),
            }
        } else {
            condition.into_iter().for_each(|condition| self.expression(condition));
            self.go(after);
            self.go(body);
            self.at = body;
            self.step(Step::Node(node));
        }
        self.at = body;
        self.body(node, head, after);
        self.go(head);
        self.at = after;
    }

    fn scoped_guard(&mut self, node: NodeId) {
        let tree = self.tree;
        let condition = tree.child(node, Field::Condition);
        let text = condition.map(|c| String::from_utf8_lossy(tree.text(c)).into_owned());
        let text = text.unwrap_or_default();
        let inside = text.trim().strip_prefix('(').and_then(|text| text.strip_suffix(')'));
        let mut parts = split_arguments(inside.unwrap_or(""));
        let after = self.block();
        if tree.text(node).starts_with(b"scoped_cond_guard") && parts.len() > 1 {
            // What is done where the guard could not be had, as text: it does not parse here.
            let failure = parts.remove(1);
            let (taken, failed) = (self.block(), self.block());
            self.go(taken);
            self.go(failed);
            self.at = failed;
            let word = failure.split(|c: char| !c.is_ascii_alphanumeric()).next();
            match word {
                Some("return") => {
                    self.leave_to(0);
                    self.go(Cfg::EXIT);
                }
                Some("break") => self.jump(self.breaks.last().copied()),
                Some("continue") => self.jump(self.continues.last().copied()),
                Some("goto") => {
                    let label = failure.trim_start_matches("goto").trim();
                    self.jump_to(label.as_bytes());
                }
                _ => self.go(after),
            }
            self.at = taken;
        }
        let guards = self.held.len();
        let class = parts.first().copied().unwrap_or("");
        self.take(class, parts.get(1).copied(), node);
        // It is a loop of one round.
        let end = Target { block: after, guards };
        self.breaks.push(end);
        self.continues.push(end);
        if let Some(body) = tree.child(node, Field::Body) {
            self.statement(body);
        }
        self.breaks.pop();
        self.continues.pop();
        self.leave_to(guards);
        self.held.truncate(guards);
        self.go(after);
        self.at = after;
    }

    fn do_(&mut self, node: NodeId) {
        let (body, again, after) = (self.block(), self.block(), self.block());
        self.go(body);
        self.at = body;
        self.body(node, again, after);
        self.go(again);
        self.at = again;
        match self.tree.child(node, Field::Condition) {
            Some(condition) => self.condition(condition, body, after),
            None => self.go(after),
        }
        self.at = after;
    }

    fn for_(&mut self, node: NodeId) {
        let tree = self.tree;
        let names = self.scopes.len();
        if let Some(first) = tree.child(node, Field::Initializer) {
            self.statement(first);
        }
        let (head, body, again, after) = (self.block(), self.block(), self.block(), self.block());
        self.go(head);
        self.at = head;
        match tree.child(node, Field::Condition) {
            Some(condition) => self.condition(condition, body, after),
            None => self.go(body),
        }
        self.at = body;
        self.body(node, again, after);
        self.go(again);
        self.at = again;
        if let Some(update) = tree.child(node, Field::Update) {
            self.expression(update);
        }
        self.go(head);
        self.at = after;
        self.scopes.truncate(names);
    }

    fn jump(&mut self, target: Option<Target>) {
        match target {
            Some(target) => {
                self.leave_to(target.guards);
                self.go(target.block);
            }
            None => self.cfg.broken = true,
        }
        self.nowhere();
    }

    fn goto(&mut self, node: NodeId) {
        let tree = self.tree;
        match tree.child(node, Field::Label) {
            Some(label) => self.jump_to(tree.text(label)),
            // `goto *table[x]`
            None => {
                self.cfg.broken = true;
                self.nowhere();
            }
        }
    }

    fn jump_to(&mut self, label: &[u8]) {
        let way = self.block();
        self.go(way);
        let label = String::from_utf8_lossy(label).into();
        self.jumps.push(Jump { way, label, guards: self.held.clone() });
        self.nowhere();
    }

    fn label(&mut self, node: NodeId) {
        let tree = self.tree;
        let here = self.block();
        self.go(here);
        self.at = here;
        if let Some(label) = tree.child(node, Field::Label) {
            let name = String::from_utf8_lossy(tree.text(label)).into();
            self.labels.insert(name, (here, self.held.clone()));
        }
        for child in tree.children(node) {
            if tree.field(child) != Field::Label {
                self.statement(child);
            }
        }
    }

    /// Connects `goto` with its label.
    fn land(&mut self) {
        for jump in std::mem::take(&mut self.jumps) {
            let Some((block, guards)) = self.labels.get(&jump.label) else {
                self.cfg.broken = true;
                continue;
            };
            let same = jump.guards.iter().zip(guards).take_while(|(a, b)| a == b).count();
            for guard in jump.guards[same..].iter().rev() {
                self.cfg.blocks[jump.way].steps.push(Step::Drop(*guard));
            }
            let block = *block;
            self.edge(jump.way, block, None);
        }
    }
}

/// The name in a declarator.
pub(crate) fn declared_name(tree: &Tree, mut node: NodeId) -> Option<NodeId> {
    loop {
        match tree.kind(node) {
            Kind::Identifier => return Some(node),
            _ => {
                node = tree.child(node, Field::Declarator).or_else(|| {
                    (tree.kind(node) == Kind::ParenthesizedDeclarator)
                        .then(|| tree.first_child(node))
                        .flatten()
                })?
            }
        }
    }
}

/// Calls after which nothing follows. Sources: include/asm-generic/bug.h, include/linux/panic.h,
/// include/linux/compiler.h, include/linux/sched/task.h.
const NEVER_RETURN: [&[u8]; 9] = [
    b"BUG",
    b"panic",
    b"do_exit",
    b"unreachable",
    b"__builtin_unreachable",
    b"make_task_dead",
    b"nmi_panic",
    b"do_group_exit",
    b"kthread_exit",
];

fn never_returns(tree: &Tree, call: NodeId) -> bool {
    calls(tree, call, &NEVER_RETURN)
}

/// Whether a call names one of these.
fn calls(tree: &Tree, call: NodeId, names: &[&[u8]]) -> bool {
    tree.child(call, Field::Function).is_some_and(|function| names.contains(&tree.text(function)))
}

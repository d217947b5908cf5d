//! Calls that sleep: those of the table, and functions and macros that come to one on every way but
//! those on which they return early.

use std::sync::Arc;

use crate::across::Definition;
use crate::flow::effects::callee;
use crate::flow::solve::Flow;
use crate::flow::spelling::canonical;
use crate::flow::summary::parameter_names;
use crate::flow::world::World;
use crate::flow::{Flows, Names, definition, makes_guard};
use crate::index::FileId;
use crate::kernel::context::{Kind as Held, Wait, context};
use crate::syntax::{Field, Kind, NodeId, Tree};
use crate::types::{arguments_text, split_arguments};

/// What a call comes to that sleeps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sleep {
    /// The call of the table.
    pub what: Box<str>,
    /// It waits for a grace period, or for callbacks.
    pub waits: Option<Wait>,
    /// It waits only where no memory is left.
    pub seldom: bool,
    /// The domain of SRCU that it waits for, in terms of the caller.
    pub domain: Option<Box<str>>,
    /// The function that was called, where `what` is deeper.
    pub through: Option<Box<str>>,
    /// The functions of other files on the way to it.
    pub elsewhere: Arc<[Definition]>,
}

/// How a function sleeps, and the names of its parameters; `None` if it does not.
pub(crate) type SleepOf = Option<Arc<(Sleep, Names)>>;

/// Words in conditions by which code asks whether it may sleep.
const ASKS: [&str; 24] = [
    "in_atomic",
    "in_interrupt",
    "in_irq",
    "in_hardirq",
    "in_softirq",
    "in_nmi",
    "in_task",
    "in_serving_softirq",
    "irqs_disabled",
    "preemptible",
    "preempt_count",
    "faulthandler_disabled",
    "pagefault_disabled",
    "gfpflags_allow_blocking",
    "gfp",
    "gfp_mask",
    "gfp_flags",
    "GFP_ATOMIC",
    "oops_in_progress",
    "CONFIG_PREEMPT_RT",
    "MAY_NOT_BLOCK",
    "LOOKUP_RCU",
    "rcu_read_lock_held",
    "rcu_preempt_depth",
];

/// Whether a condition asks whether the code may sleep (`in_atomic()`, `!can_sleep`, `gfp & ...`).
pub(crate) fn asks(condition: &str) -> bool {
    let words = condition.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let mut words = words.filter(|word| !word.is_empty());
    words.any(|word| {
        ASKS.contains(&word)
            || ["atomic", "sleep", "nonblock", "nowait"].iter().any(|part| {
                word.split('_').any(|one| {
                    one.eq_ignore_ascii_case(part)
                        || one.strip_prefix("may").or(one.strip_prefix("can")) == Some(part)
                })
            })
    })
}

impl Flows<'_, '_> {
    /// Whether a call sleeps; what it comes to.
    ///
    /// What the file shows comes first, so that it is the same whatever else was read.
    pub fn sleep_of(&self, tree: &Tree, call: NodeId) -> Option<Sleep> {
        self.sleep(tree, call, false).or_else(|| self.sleep(tree, call, true))
    }

    /// As [`Flows::sleep_of`], by what other files do if `far`.
    pub(crate) fn sleep(&self, tree: &Tree, call: NodeId, far: bool) -> Option<Sleep> {
        if far && self.unit.others.is_none() {
            return None;
        }
        let name = callee(tree, call)?;
        let row = context().sleeper(name.as_bytes(), self.version);
        if row.is_none() && !self.may_sleep(name, far) {
            return None;
        }
        let text = arguments_text(tree, call);
        if !self.unit.spend_on_text(text.len()) {
            return None;
        }
        let arguments = split_arguments(&text);
        if let Some(row) = row {
            let domain = row.domain.and_then(|at| arguments.get(at));
            return row.sleeps(&arguments).then(|| Sleep {
                what: name.into(),
                waits: row.waits,
                seldom: row.seldom,
                domain: domain.map(|text| canonical(text).into()),
                through: None,
                elsewhere: Arc::default(),
            });
        }
        let found = self
            .macro_sleeps(name, &arguments, far)
            .or_else(|| self.function_sleeps(name, &arguments, far))
            .or_else(|| self.sleep_elsewhere(name).filter(|_| far))?;
        Some(Sleep { through: Some(name.into()), ..found })
    }

    /// Whether a body mentions something that sleeps, itself or through what it calls.
    fn may_sleep(&self, name: &str, far: bool) -> bool {
        let others = self.unit.others.filter(|_| far);
        let elsewhere =
            |name: &str| others.is_some_and(|others| others.across().sleeps(name).is_some());
        let memo = if far { &self.reach.sleeps_far } else { &self.reach.sleeps };
        elsewhere(name)
            || self.reaches(memo, name, &|called| {
                context().sleeper(called.as_bytes(), self.version).is_some()
                    || makes_guard(called.as_bytes())
                    || elsewhere(called)
            })
    }

    fn macro_sleeps(&self, name: &str, arguments: &[&str], far: bool) -> Option<Sleep> {
        let macros = self.unit.macros(name);
        let mut found = None;
        for def in macros.iter().filter(|def| def.what.parameters.is_some()) {
            let text = def.what.substitute(arguments);
            let _entered = self.enter(name)?;
            let tree = self.unit.snippet(&text)?;
            let body = tree.all().find(|node| tree.kind(*node) == Kind::CompoundStatement)?;
            // Definitions differ by configuration: all must sleep.
            found = Some(self.in_body(&tree, &[], body, far)?);
        }
        found
    }

    fn function_sleeps(&self, name: &str, arguments: &[&str], far: bool) -> Option<Sleep> {
        let found = self.summary_of_sleep(name, far)?;
        let (found, parameters) = &*found;
        let domain = found.domain.as_deref();
        let domain = domain.map(|text| self.in_terms_of_caller(text, parameters, arguments));
        Some(Sleep { domain, ..found.clone() })
    }

    /// Whether each call of a function is known to wait for a grace period.
    pub fn waits(&self, name: &str) -> bool {
        let found = [false, true].into_iter().find_map(|far| self.summary_of_sleep(name, far));
        found.is_some_and(|found| found.0.waits.is_some())
    }

    /// What a function comes to, in terms of its parameters.
    fn summary_of_sleep(&self, name: &str, far: bool) -> SleepOf {
        if let Some(known) = self.sleeps.borrow().get(&(name.into(), far)) {
            return known.clone();
        }
        let _entered = self.enter(name)?;
        let mut found = None;
        for function in self.unit.functions(name) {
            found = match function.home {
                Some(home) => self.sleep_in(home, function.item, far),
                None => self.sleep_of_item(None, function.item, far),
            };
            // All must sleep.
            if found.is_none() {
                break;
            }
        }
        self.sleeps.borrow_mut().insert((name.into(), far), found.clone());
        found
    }

    /// How one function sleeps.
    pub(super) fn sleep_of_item(&self, home: Option<FileId>, item: u32, far: bool) -> SleepOf {
        let trees = self.unit.trees(home, item);
        let tree = trees.first()?;
        let (definition, body) = definition(tree)?;
        let parameters = parameter_names(tree, definition);
        Some(Arc::new((self.in_body(tree, &parameters, body, far)?, parameters)))
    }

    /// The first call of a body that sleeps, if every way but those that leave early comes to it.
    fn in_body(
        &self,
        tree: &Tree,
        parameters: &[Option<Arc<str>>],
        body: NodeId,
        far: bool,
    ) -> Option<Sleep> {
        let mut calls = Vec::new();
        certain(tree, body, &mut calls);
        let (call, sleep) =
            calls.into_iter().find_map(|call| Some((call, self.sleep(tree, call, far)?)))?;
        let flow = Flow::of_function(self, tree, parameters, body);
        let worlds = flow.at(call)?;
        // What the caller holds may have been released on the way.
        let gives_back = |world: &World| {
            world.unclear
                || world
                    .held()
                    .iter()
                    .any(|(id, count)| *count < 0 && !matches!(flow.kind(*id), Held::Mutex))
        };
        (!worlds.iter().any(gives_back)).then_some(sleep)
    }
}

/// The calls that a statement comes to on every way that does not leave before; whether what
/// follows it is come to as well.
pub(super) fn certain(tree: &Tree, statement: NodeId, found: &mut Vec<NodeId>) -> bool {
    match tree.kind(statement) {
        Kind::CompoundStatement => {
            tree.children(statement).all(|inner| certain(tree, inner, found))
        }
        Kind::DoStatement => {
            tree.child(statement, Field::Body).is_none_or(|body| certain(tree, body, found))
        }
        Kind::IfStatement => {
            let Some(condition) = tree.child(statement, Field::Condition) else { return false };
            evaluated(tree, condition, found);
            // `if (likely(ok)) break;`: what follows is the exception.
            let ways_out = [Kind::ReturnStatement, Kind::GotoStatement, Kind::BreakStatement];
            if tree.text(tree.bare(condition)).starts_with(b"likely(")
                && has(tree, statement, &ways_out)
            {
                return false;
            }
            // Whoever asks knows what is held.
            !has(tree, statement, &ways_out[..2])
                || !(asks(&String::from_utf8_lossy(tree.text(condition)))
                    || counts(tree, condition))
        }
        Kind::SwitchStatement => {
            if let Some(condition) = tree.child(statement, Field::Condition) {
                evaluated(tree, condition, found);
            }
            true
        }
        Kind::WhileStatement => {
            if let Some(condition) = tree.child(statement, Field::Condition) {
                if tree.text(statement).starts_with(b"while") {
                    evaluated(tree, condition, found);
                }
            }
            true
        }
        Kind::ForStatement => {
            for field in [Field::Initializer, Field::Condition] {
                if let Some(part) = tree.child(statement, field) {
                    evaluated(tree, part, found);
                }
            }
            true
        }
        Kind::LabeledStatement => tree
            .children(statement)
            .filter(|inner| tree.field(*inner) != Field::Label)
            .all(|inner| certain(tree, inner, found)),
        Kind::ReturnStatement | Kind::GotoStatement => {
            evaluated(tree, statement, found);
            false
        }
        Kind::ExpressionStatement | Kind::Declaration => {
            evaluated(tree, statement, found);
            true
        }
        _ => true,
    }
}

/// Whether there are statements of some kinds in a statement.
fn has(tree: &Tree, statement: NodeId, kinds: &[Kind]) -> bool {
    let mut stack = vec![statement];
    while let Some(at) = stack.pop() {
        if kinds.contains(&tree.kind(at)) {
            return true;
        }
        stack.extend(tree.children(at));
    }
    false
}

/// Whether a condition counts references down: the caller may know that it holds another.
fn counts(tree: &Tree, condition: NodeId) -> bool {
    let mut stack = vec![condition];
    while let Some(at) = stack.pop() {
        if tree.kind(at) == Kind::CallExpression {
            let name = callee(tree, at).unwrap_or_default();
            if ["dec", "put", "sub"].iter().any(|word| name.split('_').any(|part| part == *word)) {
                return true;
            }
        }
        stack.extend(tree.children(at));
    }
    false
}

/// The calls in an expression that are made whatever its parts are, in the order of evaluation.
fn evaluated(tree: &Tree, node: NodeId, found: &mut Vec<NodeId>) {
    match tree.kind(node) {
        Kind::BinaryExpression if matches!(tree.operator(node), b"&&" | b"||") => {
            if let Some(left) = tree.child(node, Field::Left) {
                evaluated(tree, left, found);
            }
        }
        Kind::ConditionalExpression => {
            if let Some(condition) = tree.child(node, Field::Condition) {
                evaluated(tree, condition, found);
            }
        }
        Kind::SizeofExpression | Kind::AlignofExpression | Kind::OffsetofExpression => {}
        Kind::CompoundStatement => {
            certain(tree, node, found);
        }
        kind => {
            for child in tree.children(node) {
                evaluated(tree, child, found);
            }
            if kind == Kind::CallExpression {
                found.push(node);
            }
        }
    }
}

/// Whether what a resource of this kind holds keeps code from sleeping.
pub(crate) fn is_atomic(kind: Held) -> bool {
    matches!(
        kind,
        Held::Preempt
            | Held::Bh
            | Held::Irq
            | Held::Spin
            | Held::RawSpin
            | Held::Bit
            | Held::ReadLock
            | Held::WriteLock
    )
}

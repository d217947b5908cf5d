//! Following the worlds through a function.

use std::cell::{OnceCell, RefCell};
use std::ops::Deref;
use std::rc::Rc;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::flow::Flows;
use crate::flow::annotations;
use crate::flow::cfg::{Assume, BlockId, Cfg, Step, VarId};
use crate::flow::effects::Effects;
use crate::flow::spelling::spelling;
use crate::flow::world::{FlagId, Resource, ResourceId, World, Worlds, fold, join};
use crate::syntax::{Field, Kind as Node, NodeId, Tree};

/// A block is not looked at more often than this.
const MOST_VISITS: u32 = 60;

/// A function with what is known at each place.
pub(crate) struct Flow<'f, 'u, 'a> {
    pub flows: &'f Flows<'u, 'a>,
    pub tree: &'f Tree,
    solved: Rc<Solved>,
}

/// What is known at each place of a function.
pub(crate) struct Solved {
    pub cfg: Cfg,
    resources: RefCell<Vec<Resource>>,
    effects: RefCell<FxHashMap<NodeId, Rc<Effects>>>,
    flags: FxHashMap<String, FlagId>,
    before: Vec<Worlds>,
    /// Before each step of the blocks that were asked about.
    steps: RefCell<FxHashMap<BlockId, Rc<[Worlds]>>>,
    places: OnceCell<FxHashMap<NodeId, (BlockId, usize)>>,
    /// The variables that a `return` names.
    pub(super) returned: Vec<VarId>,
    /// Too much to follow, or a jump to nowhere: nothing is known.
    pub lost: bool,
}

impl Deref for Flow<'_, '_, '_> {
    type Target = Solved;

    fn deref(&self) -> &Solved {
        &self.solved
    }
}

impl<'f, 'u, 'a> Flow<'f, 'u, 'a> {
    /// Follows a body from a place where nothing is known to be held.
    pub fn new(flows: &'f Flows<'u, 'a>, tree: &'f Tree, cfg: Cfg) -> Flow<'f, 'u, 'a> {
        let solved = Solved {
            lost: cfg.broken,
            flags: repeated_conditions(tree, &cfg),
            before: vec![Worlds::new(); cfg.blocks.len()],
            steps: RefCell::default(),
            places: OnceCell::new(),
            returned: returned(tree, &cfg),
            cfg,
            resources: RefCell::default(),
            effects: RefCell::default(),
        };
        let mut flow = Flow { flows, tree, solved: Rc::new(solved) };
        flow.solve();
        flow
    }

    /// Follows a function, or takes what came of it before.
    pub fn of_function(
        flows: &'f Flows<'u, 'a>,
        tree: &'f Tree,
        parameters: &[Option<Arc<str>>],
        body: NodeId,
    ) -> Flow<'f, 'u, 'a> {
        if let Some(known) = flows.solved.borrow().get(&tree.id) {
            return Flow { flows, tree, solved: known.clone() };
        }
        let flow = Flow::new(flows, tree, Cfg::of_function(tree, parameters, body));
        // While something is looked into, calls of it count as nothing.
        if flows.active.borrow().is_empty() {
            flows.solved.borrow_mut().insert(tree.id, flow.solved.clone());
        }
        flow
    }

    /// What is solved; it is nobody else's yet.
    fn solving(&mut self) -> &mut Solved {
        Rc::get_mut(&mut self.solved).expect("it is shared when it is solved")
    }

    fn solve(&mut self) {
        if self.lost {
            return;
        }
        let order = self.cfg.order();
        let mut place = vec![usize::MAX; self.cfg.blocks.len()];
        for (at, block) in order.iter().enumerate() {
            place[*block] = at;
        }
        let mut visits = vec![0u32; self.cfg.blocks.len()];
        let mut waiting: std::collections::BTreeSet<usize> = [0].into();
        let mut first = World::default();
        for resource in annotations::required(&self.cfg.head) {
            first.assert(self.resource_id(resource));
        }
        self.solving().before[Cfg::ENTRY] = vec![first];
        while let Some(at) = waiting.pop_first() {
            let block = order[at];
            visits[block] += 1;
            if visits[block] > MOST_VISITS {
                self.solving().lost = true;
                return;
            }
            for (to, worlds) in self.out_of(block) {
                if join(&mut self.solving().before[to], &worlds) {
                    waiting.insert(place[to]);
                }
            }
        }
    }

    /// The worlds that leave a block on each of its edges.
    fn out_of(&self, block: BlockId) -> Vec<(BlockId, Worlds)> {
        let mut worlds = self.before[block].clone();
        for step in &self.cfg.blocks[block].steps {
            self.step(*step, &mut worlds);
        }
        let edges = &self.cfg.blocks[block].edges;
        edges
            .iter()
            .map(|edge| {
                let mut worlds = worlds.clone();
                if let Some(assume) = edge.assume {
                    self.assume(assume, &mut worlds);
                }
                (edge.to, worlds)
            })
            .collect()
    }

    pub(super) fn step(&self, step: Step, worlds: &mut Worlds) {
        match step {
            Step::Node(node) => {
                for world in worlds.iter_mut() {
                    self.evaluate(node, world);
                }
            }
            Step::Take(guard) => {
                let guard = &self.cfg.guards[guard];
                for resource in self.flows.guard(&guard.class, guard.argument.as_deref()) {
                    let id = self.resource_id(resource);
                    worlds.iter_mut().for_each(|world| world.add(id, 1));
                }
            }
            Step::Drop(guard) => {
                let guard = &self.cfg.guards[guard];
                for resource in self.flows.guard(&guard.class, guard.argument.as_deref()) {
                    let id = self.resource_id(resource);
                    for world in worlds.iter_mut() {
                        self.release(id, guard.node, world);
                    }
                }
            }
        }
        fold(worlds);
    }

    /// Keeps the worlds in which a condition holds.
    pub(super) fn assume(&self, assume: Assume, worlds: &mut Worlds) {
        worlds.retain_mut(|world| self.assumed(assume.condition, assume.holds, world));
        fold(worlds);
    }

    /// The worlds at the beginning of a block.
    pub fn worlds_before(&self, block: BlockId) -> Worlds {
        self.before[block].clone()
    }

    /// Calls `look` with every step that evaluates something and the worlds before it. Steps that
    /// cannot be reached are left out.
    pub fn visit(&self, mut look: impl FnMut(NodeId, &[World])) {
        if self.lost {
            return;
        }
        for (block, worlds) in self.before.iter().enumerate().filter(|(_, w)| !w.is_empty()) {
            let mut worlds = worlds.clone();
            for step in &self.cfg.blocks[block].steps {
                if let Step::Node(node) = step {
                    look(*node, &worlds);
                }
                self.step(*step, &mut worlds);
            }
        }
    }

    /// Whether a way leads from one expression to another.
    pub fn leads(&self, from: NodeId, to: NodeId) -> bool {
        let Some(((first, start), (last, end))) = self.place(from).zip(self.place(to)) else {
            return false;
        };
        if first == last && start <= end {
            return true;
        }
        let mut seen = vec![false; self.cfg.blocks.len()];
        let mut stack = vec![first];
        while let Some(block) = stack.pop() {
            for edge in &self.cfg.blocks[block].edges {
                if !std::mem::replace(&mut seen[edge.to], true) {
                    stack.push(edge.to);
                }
            }
        }
        seen[last]
    }

    /// The worlds before an expression is evaluated; `None` if it is never reached or nothing is
    /// known.
    pub fn at(&self, node: NodeId) -> Option<Worlds> {
        let (block, at) = self.place(node).filter(|_| !self.lost)?;
        let worlds = self.before_steps(block)[at].clone();
        (!worlds.is_empty()).then_some(worlds)
    }

    /// The worlds before each step of a block.
    fn before_steps(&self, block: BlockId) -> Rc<[Worlds]> {
        if let Some(known) = self.steps.borrow().get(&block) {
            return known.clone();
        }
        let mut worlds = self.before[block].clone();
        let steps = self.cfg.blocks[block].steps.iter().map(|step| {
            let before = worlds.clone();
            self.step(*step, &mut worlds);
            before
        });
        let steps: Rc<[Worlds]> = steps.collect();
        self.steps.borrow_mut().insert(block, steps.clone());
        steps
    }

    /// The block and step that evaluate an expression.
    fn place(&self, node: NodeId) -> Option<(BlockId, usize)> {
        let places = self.places.get_or_init(|| {
            let mut places = FxHashMap::default();
            for (block, data) in self.cfg.blocks.iter().enumerate() {
                for (at, step) in data.steps.iter().enumerate() {
                    if let Step::Node(node) = step {
                        places.entry(*node).or_insert((block, at));
                    }
                }
            }
            places
        });
        let mut up = Some(node);
        loop {
            match places.get(&up?) {
                Some(place) => return Some(*place),
                None => up = self.tree.parent(up?),
            }
        }
    }

    /// The worlds at each way out, with the `return` there; `None` for the end of the body.
    pub fn exits(&self) -> Vec<(Option<NodeId>, Worlds)> {
        let mut found = Vec::new();
        if self.lost {
            return found;
        }
        for (block, data) in self.cfg.blocks.iter().enumerate() {
            if self.before[block].is_empty() || !data.edges.iter().any(|edge| edge.to == Cfg::EXIT)
            {
                continue;
            }
            let returns = data.steps.iter().rev().find_map(|step| match step {
                Step::Node(node) if self.tree.kind(*node) == Node::ReturnStatement => Some(*node),
                _ => None,
            });
            for (to, worlds) in self.out_of(block) {
                if to == Cfg::EXIT {
                    found.push((returns, worlds));
                }
            }
        }
        found
    }

    /// The number of a resource.
    pub fn resource_id(&self, resource: Resource) -> ResourceId {
        let mut all = self.resources.borrow_mut();
        let at = all.iter().position(|known| *known == resource).unwrap_or_else(|| {
            all.push(resource);
            all.len() - 1
        });
        at as ResourceId
    }

    /// A resource by its number.
    pub fn resource(&self, id: ResourceId) -> Resource {
        self.resources.borrow()[usize::from(id)].clone()
    }

    /// What a call does.
    pub fn effects_of(&self, call: NodeId) -> Rc<Effects> {
        if let Some(known) = self.effects.borrow().get(&call) {
            return known.clone();
        }
        let effects = Rc::new(self.flows.effects(self.tree, call));
        self.effects.borrow_mut().insert(call, effects.clone());
        effects
    }

    /// The number of a condition that is tested more than once.
    pub(super) fn flag(&self, text: &str) -> Option<FlagId> {
        self.flags.get(text).copied()
    }

    /// Forgets the conditions that start from a variable or an lvalue.
    pub(super) fn forget(&self, changed: &str, world: &mut World) {
        for (text, flag) in &self.flags {
            if mentions(text, changed) {
                world.set_flag(*flag, None);
            }
        }
    }

    /// The variable that an identifier means.
    pub fn var(&self, identifier: NodeId) -> Option<VarId> {
        self.cfg.names.get(&identifier).copied()
    }
}

/// Whether a variable or lvalue stands in an expression. A member of the same name is another thing.
pub(crate) fn mentions(text: &str, changed: &str) -> bool {
    text.match_indices(changed).any(|(at, _)| {
        let before = &text[..at];
        if before.ends_with("->") || before.ends_with('.') {
            return false;
        }
        let word = |byte: Option<&u8>| {
            byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
        };
        let bytes = text.as_bytes();
        !word(at.checked_sub(1).and_then(|at| bytes.get(at)))
            && !word(bytes.get(at + changed.len()))
    })
}

/// The conditions that a function tests more than once: what was so the first time is so the
/// second time.
fn repeated_conditions(tree: &Tree, cfg: &Cfg) -> FxHashMap<String, FlagId> {
    let mut counts: FxHashMap<String, u32> = FxHashMap::default();
    let mut seen = rustc_hash::FxHashSet::default();
    for edge in cfg.blocks.iter().flat_map(|block| &block.edges) {
        if let Some(assume) = edge.assume.filter(|assume| assume.holds) {
            if seen.insert(assume.condition) && is_pure(tree, assume.condition) {
                let (text, _) = condition_text(tree, assume.condition);
                *counts.entry(text).or_default() += 1;
            }
        }
    }
    let mut repeated: Vec<String> =
        counts.into_iter().filter(|(_, count)| *count > 1).map(|(text, _)| text).collect();
    repeated.sort_unstable();
    repeated.into_iter().zip(0..).collect()
}

/// Nothing is called or changed.
fn is_pure(tree: &Tree, node: NodeId) -> bool {
    let mut stack = vec![node];
    while let Some(at) = stack.pop() {
        match tree.kind(at) {
            Node::CallExpression
            | Node::AssignmentExpression
            | Node::UpdateExpression
            | Node::CompoundStatement
            | Node::Error => return false,
            _ => stack.extend(tree.children(at)),
        }
    }
    true
}

/// A condition as text, and whether the text says the opposite: `a != b` is the opposite of
/// `a==b`, `x != 0` is `x`.
pub(super) fn condition_text(tree: &Tree, node: NodeId) -> (String, bool) {
    let node = tree.bare(node);
    if tree.kind(node) == Node::BinaryExpression {
        let sides = tree.child(node, Field::Left).zip(tree.child(node, Field::Right));
        if let (Some((left, right)), operator @ (b"==" | b"!=")) = (sides, tree.operator(node)) {
            let unequal = operator == b"!=";
            if matches!(tree.text(tree.bare(right)), b"0" | b"NULL" | b"false") {
                return (spelling(tree, left), !unequal);
            }
            return (format!("{}=={}", spelling(tree, left), spelling(tree, right)), unequal);
        }
    }
    (spelling(tree, node), false)
}

/// The variables that a `return` names.
fn returned(tree: &Tree, cfg: &Cfg) -> Vec<VarId> {
    let steps = cfg.blocks.iter().flat_map(|block| &block.steps);
    let mut found: Vec<VarId> = steps
        .filter_map(|step| match step {
            Step::Node(node) if tree.kind(*node) == Node::ReturnStatement => {
                let value = tree.bare(tree.first_child(*node)?);
                cfg.names.get(&value).copied()
            }
            _ => None,
        })
        .collect();
    found.sort_unstable();
    found.dedup();
    found
}

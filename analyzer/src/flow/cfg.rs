//! The control-flow graph of a function: blocks of steps in the order of evaluation, and edges with
//! what is known on them.

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::syntax::NodeId;

/// A block of a [`Cfg`].
pub(crate) type BlockId = usize;

/// A variable or parameter of the function.
pub(crate) type VarId = u16;

/// A guard of the function: an index into [`Cfg::guards`].
pub(crate) type GuardId = usize;

/// One thing that happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// An expression, an initialisation or a `return` is evaluated; its operands were before. For a
    /// loop macro: the statement, each time round.
    Node(NodeId),
    /// A guard is taken.
    Take(GuardId),
    /// A guard's scope ends.
    Drop(GuardId),
}

/// What is known where an edge is taken: a condition, and whether it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Assume {
    pub condition: NodeId,
    pub holds: bool,
}

/// A way on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Edge {
    pub to: BlockId,
    pub assume: Option<Assume>,
}

/// Steps without a jump in between.
#[derive(Debug, Default)]
pub(crate) struct Block {
    pub steps: Vec<Step>,
    pub edges: Vec<Edge>,
}

/// `guard(class)(argument)`, `scoped_guard(class, argument)`, `CLASS(class, name)(argument)`.
#[derive(Debug)]
pub(crate) struct Guarding {
    pub class: Box<str>,
    pub argument: Option<Box<str>>,
    /// The call or statement.
    pub node: NodeId,
}

/// The graph. Block 0 is the entry, block 1 the exit.
#[derive(Debug, Default)]
pub(crate) struct Cfg {
    pub blocks: Vec<Block>,
    pub guards: Vec<Guarding>,
    /// Names of variables; parameters come first.
    pub vars: Vec<Arc<str>>,
    /// How many of them are parameters.
    pub parameters: usize,
    /// What stands before the body.
    pub head: Box<[u8]>,
    /// Which variable an identifier means.
    pub names: FxHashMap<NodeId, VarId>,
    /// Conditions that an assertion says hold (`RCU_LOCKDEP_WARN(!rcu_read_lock_held(), ...)`), rather
    /// than that they are tested.
    pub asserted: FxHashSet<NodeId>,
    /// `goto` to a place that is not there, or deeper than is followed: nothing is known.
    pub broken: bool,
}

impl Cfg {
    pub const ENTRY: BlockId = 0;
    pub const EXIT: BlockId = 1;

    /// The blocks that can be reached, each before those that it leads to where there is no loop.
    pub fn order(&self) -> Vec<BlockId> {
        let mut seen = vec![false; self.blocks.len()];
        let mut done = Vec::with_capacity(self.blocks.len());
        let mut stack = vec![(Cfg::ENTRY, 0)];
        seen[Cfg::ENTRY] = true;
        while let Some((block, next)) = stack.last_mut() {
            match self.blocks[*block].edges.get(*next) {
                Some(edge) => {
                    *next += 1;
                    if !seen[edge.to] {
                        seen[edge.to] = true;
                        stack.push((edge.to, 0));
                    }
                }
                None => {
                    done.push(*block);
                    stack.pop();
                }
            }
        }
        done.reverse();
        done
    }
}

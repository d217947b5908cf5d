//! Analyses beside the worlds: what holds on every way to a place, and needs no way of its own.

use crate::flow::cfg::{Assume, Cfg, Step};
use crate::flow::solve::Flow;
use crate::flow::world::{World, Worlds};
use crate::syntax::NodeId;

/// What holds on every way to a place.
pub(crate) trait Along {
    /// What is known at a place.
    type State: Clone + PartialEq;

    /// What a step makes of it; `worlds` are those before the step.
    fn step(&self, step: Step, worlds: &[World], state: &mut Self::State);

    /// What is learned where a condition holds or not; `worlds` are those after the test.
    fn assume(&self, assume: Assume, worlds: &[World], state: &mut Self::State);

    /// Keeps what another way to the same place knows as well.
    fn meet(&self, state: &mut Self::State, other: &Self::State);
}

/// A block is not looked at more often than this.
const MOST_VISITS: u32 = 200;

impl Flow<'_, '_, '_> {
    /// Follows an analysis, then calls `look` with every step that evaluates something, the worlds
    /// and what is known before it.
    pub fn along<A: Along>(
        &self,
        analysis: &A,
        start: A::State,
        mut look: impl FnMut(NodeId, &[World], &A::State),
    ) {
        let Some(before) = self.known_along(analysis, start) else { return };
        for (block, state) in before.into_iter().enumerate() {
            let Some(mut state) = state else { continue };
            let mut worlds = self.worlds_before(block);
            for step in &self.cfg.blocks[block].steps {
                if let Step::Node(node) = step {
                    look(*node, &worlds, &state);
                }
                analysis.step(*step, &worlds, &mut state);
                self.step(*step, &mut worlds);
            }
        }
    }

    fn known_along<A: Along>(
        &self,
        analysis: &A,
        start: A::State,
    ) -> Option<Vec<Option<A::State>>> {
        let order = self.cfg.order();
        let mut place = vec![usize::MAX; self.cfg.blocks.len()];
        for (at, block) in order.iter().enumerate() {
            place[*block] = at;
        }
        let mut before: Vec<Option<A::State>> = vec![None; self.cfg.blocks.len()];
        before[Cfg::ENTRY] = Some(start);
        let mut visits = vec![0u32; self.cfg.blocks.len()];
        let mut waiting: std::collections::BTreeSet<usize> = [0].into();
        while let Some(at) = waiting.pop_first() {
            let block = order[at];
            visits[block] += 1;
            if self.lost || visits[block] > MOST_VISITS {
                return None;
            }
            let Some(mut state) = before[block].clone() else { continue };
            let mut worlds: Worlds = self.worlds_before(block);
            for step in &self.cfg.blocks[block].steps {
                analysis.step(*step, &worlds, &mut state);
                self.step(*step, &mut worlds);
            }
            for edge in &self.cfg.blocks[block].edges {
                let (mut worlds, mut state) = (worlds.clone(), state.clone());
                if let Some(assume) = edge.assume {
                    self.assume(assume, &mut worlds);
                    analysis.assume(assume, &worlds, &mut state);
                }
                if worlds.is_empty() {
                    continue;
                }
                let known = &mut before[edge.to];
                let met = match known {
                    None => state,
                    Some(known) => {
                        let mut met = known.clone();
                        analysis.meet(&mut met, &state);
                        met
                    }
                };
                if known.as_ref() != Some(&met) {
                    *known = Some(met);
                    waiting.insert(place[edge.to]);
                }
            }
        }
        Some(before)
    }
}

//! What is kept of a run.

use std::path::PathBuf;

use rculint_analyzer::Input;
use rculint_analyzer::evidence::Given;
use rculint_analyzer::rests::Rests;
use serde::{Deserialize, Serialize};

use super::kept::Kept;
use super::witness::{Print, Sight};

/// A run over all inputs of a plan.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Record {
    /// All that it saw.
    pub sight: Sight,
    /// Which files led to which through their includes.
    pub includes: Graph,
    /// The inputs, in the order of the plan.
    pub inputs: Vec<Entry>,
    /// By which the digests of headers are known again, by their places in `includes`, and those of
    /// inputs that are code.
    pub headers: Vec<(u32, u64)>,
    pub code: Vec<(u32, u64)>,
    /// What the files gave that were looked at beside others.
    pub given: Given,
    /// Where what is known of functions across files is kept, and the digests that it comes from.
    pub tables: Print,
    pub digests: Print,
}

/// Files and which of them they include.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Graph {
    pub files: Vec<PathBuf>,
    pub of_files: Vec<Vec<u32>>,
    /// For each input the files that lead to all that it sees.
    pub of_inputs: Vec<Vec<u32>>,
}

/// An input and its check.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Entry {
    pub path: PathBuf,
    pub shown: String,
    pub kept: Kept,
    pub rests: Rests,
}

impl Record {
    /// Whether its numbers stand for something.
    pub fn is_sound(&self) -> bool {
        let (files, inputs) = (self.includes.files.len(), self.inputs.len());
        let files = |to: &u32| (*to as usize) < files;
        let graph = &self.includes;
        graph.of_files.len() == graph.files.len()
            && graph.of_inputs.len() == inputs
            && graph.of_files.iter().chain(&graph.of_inputs).flatten().all(files)
            && self.headers.iter().all(|(at, _)| files(at))
            && self.code.iter().all(|(at, _)| (*at as usize) < inputs)
            && self
                .inputs
                .iter()
                .all(|entry| entry.rests.inputs.iter().all(|input| (*input as usize) < inputs))
    }
}

impl Graph {
    /// Whether every file is reached from some input: a run by itself would read no other.
    pub fn is_reached(&self) -> bool {
        let mut reached = vec![false; self.files.len()];
        let mut fresh: Vec<u32> = self.of_inputs.iter().flatten().copied().collect();
        while let Some(at) = fresh.pop() {
            if !std::mem::replace(&mut reached[at as usize], true) {
                fresh.extend(&self.of_files[at as usize]);
            }
        }
        reached.into_iter().all(|reached| reached)
    }
}

impl Entry {
    pub fn is_of(&self, input: &Input) -> bool {
        self.path == input.path && self.shown == input.shown
    }
}

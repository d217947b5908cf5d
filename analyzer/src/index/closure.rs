//! What a file includes, directly or not.

use std::sync::Arc;

use crate::index::resolve::Edge;
use crate::index::{Arch, FileId, Index};

/// A set of files of the index.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileSet {
    words: Vec<u64>,
}

impl FileSet {
    /// Adds a file; whether it was new.
    pub fn insert(&mut self, file: FileId) -> bool {
        let (word, bit) = (file as usize / 64, 1u64 << (file % 64));
        if self.words.len() <= word {
            self.words.resize(word + 1, 0);
        }
        let new = self.words[word] & bit == 0;
        self.words[word] |= bit;
        new
    }

    /// Whether a file is in the set.
    pub fn contains(&self, file: FileId) -> bool {
        self.words.get(file as usize / 64).is_some_and(|word| word & (1 << (file % 64)) != 0)
    }

    /// Adds every file of `other`.
    pub fn extend(&mut self, other: &FileSet) {
        if self.words.len() < other.words.len() {
            self.words.resize(other.words.len(), 0);
        }
        for (word, more) in self.words.iter_mut().zip(&other.words) {
            *word |= more;
        }
    }
}

impl Index {
    /// The file itself and everything it includes, as code for `arch` sees it.
    pub fn closure(&self, file: FileId, arch: Arch) -> Arc<FileSet> {
        let known = &self.closures[arch.index()][file as usize];
        if let Some(found) = known.get() {
            return found.clone();
        }
        // A walk from the file itself is complete even where includes go in circles.
        let mut set = FileSet::default();
        let mut stack = vec![file];
        set.insert(file);
        while let Some(at) = stack.pop() {
            for edge in &self.edges[at as usize] {
                let Some(next) = self.follow(*edge, arch) else { continue };
                if set.contains(next) {
                    continue;
                }
                if let Some(known) = self.closures[arch.index()][next as usize].get() {
                    set.extend(known);
                } else {
                    set.insert(next);
                    stack.push(next);
                }
            }
        }
        known.get_or_init(|| Arc::new(set)).clone()
    }

    /// Whether `file` is `wanted` or includes it, whatever the architecture.
    pub(crate) fn includes(&self, file: FileId, wanted: FileId) -> bool {
        (0..self.closures.len()).any(|arch| self.closure(file, Arch::at(arch)).contains(wanted))
    }

    /// Everything that these edges lead to, with the headers that every file gets.
    pub(crate) fn closure_of(&self, edges: &[Edge], arch: Arch) -> FileSet {
        let mut set = FileSet::default();
        let direct = edges.iter().filter_map(|edge| self.follow(*edge, arch));
        for file in direct.chain(self.forced.iter().copied()) {
            if !set.contains(file) {
                set.extend(&self.closure(file, arch));
            }
        }
        set
    }

    fn follow(&self, edge: Edge, arch: Arch) -> Option<FileId> {
        match edge {
            Edge::File(file) => Some(file),
            Edge::Arch(slot) => self.arch_edges[arch.index()][slot as usize],
        }
    }
}

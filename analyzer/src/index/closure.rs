//! What a file includes, directly or not.

use std::sync::{Arc, Mutex};

use rustc_hash::FxHashMap;

use crate::index::{Arch, Edge, FileId, Index};

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

/// For files that were asked about, the files that include them.
#[derive(Default)]
pub(crate) struct Includers(Mutex<FxHashMap<FileId, Arc<FileSet>>>);

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
        let mut known = self.includers.0.lock().expect("no panic while locked");
        let all = known.entry(wanted).or_insert_with(|| Arc::new(self.all_includers(wanted)));
        all.contains(file)
    }

    /// Every file that includes `wanted`. Asking the closure of each would build them all.
    fn all_includers(&self, wanted: FileId) -> FileSet {
        let mut all = FileSet::default();
        for arch in (0..self.closures.len()).map(Arch::at) {
            let mut set = FileSet::default();
            set.insert(wanted);
            // Most files include what was read before them or soon after: few rounds are needed.
            let mut grown = true;
            while grown {
                grown = false;
                for (file, edges) in self.edges.iter().enumerate().rev() {
                    let mut next = edges.iter().filter_map(|edge| self.follow(*edge, arch));
                    if !set.contains(file as FileId) && next.any(|next| set.contains(next)) {
                        set.insert(file as FileId);
                        grown = true;
                    }
                }
            }
            all.extend(&set);
        }
        all
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

    /// What a file of the index sees: itself, what it includes, and the headers that every file
    /// gets.
    pub(crate) fn surroundings(&self, file: FileId) -> FileSet {
        let arch = self.arches[file as usize];
        let mut set = (*self.closure(file, arch)).clone();
        for forced in &self.forced {
            set.extend(&self.closure(*forced, arch));
        }
        set
    }

    /// The files that edges lead to, whatever the architecture.
    pub(crate) fn targets<'e>(&self, edges: impl IntoIterator<Item = &'e Edge>) -> Vec<FileId> {
        let mut found = Vec::new();
        for edge in edges {
            match edge {
                Edge::File(file) => found.push(*file),
                Edge::Arch(slot) => {
                    found.extend(self.arch_edges.iter().filter_map(|to| to[*slot as usize]));
                }
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    /// What the `#include` lines of a file lead to.
    pub(crate) fn edges_of(&self, file: FileId) -> &[Edge] {
        &self.edges[file as usize]
    }

    /// The headers that every file gets.
    pub(crate) fn forced(&self) -> &[FileId] {
        &self.forced
    }

    fn follow(&self, edge: Edge, arch: Arch) -> Option<FileId> {
        match edge {
            Edge::File(file) => Some(file),
            Edge::Arch(slot) => self.arch_edges[arch.index()][slot as usize],
        }
    }
}

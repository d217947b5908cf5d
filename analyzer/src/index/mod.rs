//! What is defined where: the files that the inputs reach, and their names.
//!
//! Loaded once for all inputs; after that read-only, apart from definitions that are parsed when
//! first asked for.

mod around;
mod closure;
mod file;
mod listing;
mod load;
mod makefile;
mod mentions;
mod paths;
mod resolve;

use std::sync::{Arc, OnceLock};

pub(crate) use around::{Context, contexts};
pub use closure::FileSet;
use closure::Includers;
pub use file::IndexedFile;
pub use listing::normal;
pub(crate) use load::Loader;
pub(crate) use paths::Edge;
pub use paths::{Arch, Build, IncludePaths};

use crate::text::directives::Key;

/// A file of the index.
pub type FileId = u32;

/// Where a name may be defined: a file and the item in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The file.
    pub file: FileId,
    /// Index of the item in the file.
    pub item: u32,
}

/// Every header that the inputs reach, and the names in them.
#[derive(Default)]
pub struct Index {
    files: Vec<Arc<IndexedFile>>,
    /// For each file, what its `#include` lines lead to.
    edges: Vec<Vec<Edge>>,
    /// For each architecture, the files that its `<asm/...>` includes lead to.
    arch_edges: Vec<Vec<Option<FileId>>>,
    /// Sorted by key.
    names: Vec<(Key, Place)>,
    /// Where the names begin whose keys begin with these bits; one more than there are beginnings.
    starts: Vec<u32>,
    closures: Vec<Vec<OnceLock<Arc<FileSet>>>>,
    /// For each file, the architecture that it is written for.
    arches: Vec<Arch>,
    includers: Includers,
    /// Headers that the build includes before every file (`scripts/Makefile.lib`, `-include`).
    forced: Vec<FileId>,
}

impl Index {
    /// The file behind an id.
    pub fn file(&self, id: FileId) -> &Arc<IndexedFile> {
        &self.files[id as usize]
    }

    /// Every file, in a fixed order.
    pub fn files(&self) -> impl Iterator<Item = (FileId, &Arc<IndexedFile>)> {
        self.files.iter().enumerate().map(|(id, file)| (id as FileId, file))
    }

    /// The places where a name may be defined, in a fixed order.
    pub fn places(&self, key: Key) -> impl Iterator<Item = Place> + '_ {
        let bucket = (key >> START_SHIFT) as usize;
        // A search through all names would miss the cache at every step.
        let (first, end) = match self.starts.get(bucket..bucket + 2) {
            Some(bounds) => (bounds[0] as usize, bounds[1] as usize),
            None => (0, 0),
        };
        let names = &self.names[first..end];
        let first = names.partition_point(|(known, _)| *known < key);
        names[first..].iter().take_while(move |(known, _)| *known == key).map(|(_, at)| *at)
    }

    /// Sorts the names. Files count in the order of their paths, whatever was read first.
    fn sort_names(&mut self) {
        use rayon::slice::ParallelSliceMut;
        let mut order: Vec<FileId> = (0..self.files.len() as FileId).collect();
        order.par_sort_unstable_by_key(|id| self.files[*id as usize].path.as_os_str());
        let mut rank = vec![0u32; order.len()];
        for (place, id) in order.iter().enumerate() {
            rank[*id as usize] = place as u32;
        }
        let place = |at: &Place| (rank[at.file as usize], at.item);
        self.names.par_sort_unstable_by_key(|(key, at)| (*key, place(at)));
        self.names.dedup();
        self.names.shrink_to_fit();
        self.starts = vec![0; (1 << START_BITS) + 1];
        for (key, _) in &self.names {
            self.starts[(key >> START_SHIFT) as usize + 1] += 1;
        }
        for at in 1..self.starts.len() {
            self.starts[at] += self.starts[at - 1];
        }
    }
}

/// How many bits of a key find the names that begin with them.
const START_BITS: u32 = 16;
const START_SHIFT: u32 = Key::BITS - START_BITS;

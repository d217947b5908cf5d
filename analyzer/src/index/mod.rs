//! What is defined where: the files that the inputs reach, and their names.
//!
//! Loaded once for all inputs; after that read-only, apart from definitions that are parsed when
//! first asked for.

mod closure;
mod file;
mod load;
mod resolve;

use std::cmp::Ordering;
use std::sync::{Arc, OnceLock};

pub use closure::FileSet;
pub use file::IndexedFile;
pub(crate) use load::Loader;
pub(crate) use resolve::Edge;
pub use resolve::{Arch, IncludePaths};

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
    closures: Vec<Vec<OnceLock<Arc<FileSet>>>>,
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
        let first = self.names.partition_point(|(known, _)| *known < key);
        self.names[first..].iter().take_while(move |(known, _)| *known == key).map(|(_, at)| *at)
    }

    fn sort_names(&mut self) {
        use rayon::slice::ParallelSliceMut;
        self.names.par_sort_unstable_by(|a, b| match a.0.cmp(&b.0) {
            Ordering::Equal => a.1.cmp(&b.1),
            other => other,
        });
        self.names.dedup();
    }
}

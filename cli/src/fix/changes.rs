//! What the files are to become.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A file that is to change.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    /// The file, as reports name it.
    pub shown: String,
    /// Its bytes as they were checked first.
    pub before: Vec<u8>,
    /// Its bytes with the edits.
    pub after: Vec<u8>,
}

/// The changed files by path.
#[derive(Clone, Debug, Default)]
pub(crate) struct Changes {
    files: BTreeMap<PathBuf, Change>,
}

impl Changes {
    /// Whether a file is among them.
    pub fn has(&self, path: &Path) -> bool {
        self.files.contains_key(path)
    }

    /// A file.
    pub fn get(&self, path: &Path) -> Option<&Change> {
        self.files.get(path)
    }

    /// The files in the order of their paths.
    pub fn iter(&self) -> impl Iterator<Item = (&PathBuf, &Change)> {
        self.files.iter()
    }

    /// Takes a file in, unchanged so far.
    pub fn start(&mut self, path: &Path, shown: &str, bytes: Vec<u8>) {
        let change = || Change { shown: shown.to_owned(), before: bytes.clone(), after: bytes };
        self.files.entry(path.to_owned()).or_insert_with(change);
    }

    /// What a file becomes.
    pub fn set(&mut self, path: &Path, after: Vec<u8>) {
        if let Some(change) = self.files.get_mut(path) {
            change.after = after;
        }
    }

    /// Leaves out the files that are as they were.
    pub fn prune(&mut self) {
        self.files.retain(|_, change| change.before != change.after);
    }
}

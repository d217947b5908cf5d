//! Loadable modules: which files one is made of ([`kbuild`]), and whether what it has called behind a
//! grace period can still be pending when its code goes ([`exit`]).

mod exit;
mod kbuild;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

pub use exit::{Exit, Posted};

use crate::files::FileSystem;
use crate::index::IndexedFile;
use crate::items::scan;
use crate::text::SourceFile;

/// Reads the files of modules once. What is read depends on the tree alone, never on which files are
/// checked.
pub(crate) struct Modules {
    files: Arc<dyn FileSystem>,
    root: Option<PathBuf>,
    /// How reports name the root.
    shown: String,
    known: Mutex<HashMap<PathBuf, Option<Arc<Module>>>>,
}

/// The files of a module, with the parts that they include from beside them.
pub(crate) struct Module {
    pub files: Vec<IndexedFile>,
}

impl Modules {
    pub fn new(files: Arc<dyn FileSystem>, root: Option<PathBuf>, shown: String) -> Modules {
        Modules { files, root, shown, known: Mutex::default() }
    }

    /// The module that a file is a part of, if it is in one whose parts are all known.
    pub fn of(&self, file: &Path) -> Option<Arc<Module>> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(file).cloned();
        known.unwrap_or_else(|| {
            let parts = kbuild::module_of(self.files.as_ref(), self.root.as_deref(), file);
            let module = parts.map(|parts| Arc::new(self.read(parts)));
            let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            known.insert(file.to_owned(), module.clone());
            module
        })
    }

    fn read(&self, parts: Vec<PathBuf>) -> Module {
        let mut paths = parts;
        let mut files: Vec<IndexedFile> = Vec::new();
        let mut at = 0;
        while let Some(path) = paths.get(at).cloned() {
            at += 1;
            let Ok(bytes) = self.files.read(&path) else { continue };
            let items = scan(&bytes);
            for include in items.includes.iter().filter(|include| include.quoted) {
                let beside = path.with_file_name(&*include.path);
                if !include.path.contains('/') && !paths.contains(&beside) {
                    paths.push(beside);
                }
            }
            let shown = match self.root.as_ref().and_then(|root| path.strip_prefix(root).ok()) {
                Some(below) => Path::new(&self.shown).join(below).to_string_lossy().into_owned(),
                None => path.to_string_lossy().into_owned(),
            };
            let file = IndexedFile::new(self.files.clone(), path, shown, items);
            files.push(file.with_source(Arc::new(SourceFile::new(bytes))));
        }
        Module { files }
    }
}

//! Loadable modules: which files one is made of ([`kbuild`]), and whether what it has called behind a
//! grace period can still be pending when its code goes ([`exit`]). And which files a configuration
//! leaves out ([`built`]).

mod built;
mod exit;
mod kbuild;

use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use exit::{Exit, Posted};

use crate::files::FileSystem;
use crate::index::IndexedFile;
use crate::items::{includes, scan};
use crate::kernel::dotconfig::DotConfig;
use crate::kernel::version::Version;
use crate::rests;
use crate::text::SourceFile;

/// Reads the files of modules. What is read depends on the tree alone, never on which files are
/// checked.
pub(crate) struct Modules {
    files: Arc<dyn FileSystem>,
    root: Option<PathBuf>,
    /// How reports name the root.
    shown: String,
    built: built::Built,
}

/// The files of a module, with the parts that they include from beside them.
struct Module {
    files: Vec<IndexedFile>,
}

impl Modules {
    pub fn new(files: Arc<dyn FileSystem>, root: Option<PathBuf>, shown: String) -> Modules {
        let built = built::Built::default();
        Modules { files, root, shown, built }
    }

    /// Whether a configuration leaves a file out of the kernel.
    pub fn is_left_out(&self, file: &Path, config: &DotConfig) -> bool {
        let root = self.root.as_deref();
        root.is_some_and(|root| self.built.is_left_out(self.files.as_ref(), root, file, config))
    }

    /// The ends of the module that a file is a part of, as far as they stand in it, that do not wait for
    /// all that the module has posted. None, if not all files of the module are known.
    pub fn exits(&self, file: &IndexedFile, version: Version) -> Vec<Exit> {
        let exits = exit::exits(file, version);
        if exits.is_empty() {
            return Vec::new();
        }
        let parts = kbuild::module_of(self.files.as_ref(), self.root.as_deref(), &file.path);
        let module = parts.and_then(|parts| self.read(parts));
        module.map_or_else(Vec::new, |module| module.judge(&file.path, exits, version))
    }

    /// Reads a module that has something called behind a grace period.
    fn read(&self, mut paths: Vec<PathBuf>) -> Option<Module> {
        let mut texts: Vec<(PathBuf, Vec<u8>)> = Vec::new();
        let mut at = 0;
        while let Some(path) = paths.get(at).cloned() {
            at += 1;
            rests::on_file(&path);
            let Ok(bytes) = self.files.read(&path) else { continue };
            for include in includes(&bytes).iter().filter(|include| include.quoted) {
                let beside = path.with_file_name(&*include.path);
                if !include.path.contains('/') && !paths.contains(&beside) {
                    paths.push(beside);
                }
            }
            texts.push((path, bytes));
        }
        if !texts.iter().any(|(_, text)| exit::may_post(text)) {
            return None;
        }
        let files = texts.into_iter().map(|(path, bytes)| {
            let shown = self.shown(&path);
            let items = scan(&bytes);
            IndexedFile::new(self.files.clone(), path, shown, items)
                .with_source(Arc::new(SourceFile::new(bytes)))
        });
        Some(Module { files: files.collect() })
    }

    fn shown(&self, path: &Path) -> String {
        let below = self.root.as_ref().and_then(|root| path.strip_prefix(root).ok());
        let named = below.map(|below| Path::new(&self.shown).join(below));
        named.as_deref().unwrap_or(path).to_string_lossy().into_owned()
    }
}

//! Which files are there, from the lists of folders: one look at the disk a folder instead of one
//! a question.

use std::ffi::{OsStr, OsString};
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, RwLock};

use rustc_hash::{FxHashMap, FxHashSet};

use crate::files::FileSystem;

/// The names in a folder.
pub(crate) type Names = FxHashSet<Box<str>>;

/// Remembers the lists of folders.
pub(crate) struct Listings<'a> {
    pub files: &'a dyn FileSystem,
    known: RwLock<FxHashMap<OsString, Arc<Names>>>,
    folders: RwLock<FxHashMap<OsString, Arc<[PathBuf]>>>,
}

impl<'a> Listings<'a> {
    pub fn new(files: &'a dyn FileSystem) -> Listings<'a> {
        Listings { files, known: RwLock::default(), folders: RwLock::default() }
    }

    /// The names in a folder; none where there is no such folder.
    pub fn names(&self, folder: &Path) -> Arc<Names> {
        let known =
            self.known.read().expect("no panic while locked").get(folder.as_os_str()).cloned();
        known.unwrap_or_else(|| {
            let names: Names = self.files.list(folder).into_iter().map(Into::into).collect();
            let mut known = self.known.write().expect("no panic while locked");
            known.entry(folder.as_os_str().to_owned()).or_insert_with(|| Arc::new(names)).clone()
        })
    }

    /// Whether something is there; no header has the name of a folder.
    pub fn has(&self, path: &Path) -> bool {
        let (Some(folder), Some(name)) = (path.parent(), path.file_name().and_then(OsStr::to_str))
        else {
            return false;
        };
        self.names(folder).contains(name)
    }

    /// The folders in a folder, sorted.
    pub fn folders(&self, folder: &Path) -> Arc<[PathBuf]> {
        let known =
            self.folders.read().expect("no panic while locked").get(folder.as_os_str()).cloned();
        known.unwrap_or_else(|| {
            let names = self.files.folders(folder).into_iter();
            let found: Arc<[PathBuf]> = names.map(|name| folder.join(name)).collect();
            let mut folders = self.folders.write().expect("no panic while locked");
            folders.entry(folder.as_os_str().to_owned()).or_insert(found).clone()
        })
    }

    /// `folder/name`, if it is there.
    pub fn find(&self, folder: &Path, name: &str) -> Option<PathBuf> {
        let path = normal(&folder.join(name));
        self.has(&path).then_some(path)
    }
}

/// The path without `.` and `..`, as text (no link is followed).
pub fn normal(path: &Path) -> PathBuf {
    let mut out = PathBuf::with_capacity(path.as_os_str().len());
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                if !out.pop() {
                    out.push("..");
                }
            }
            other => out.push(other),
        }
    }
    out
}

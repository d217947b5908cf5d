//! The files beside a file, read when something is to be proposed for it.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use rustc_hash::FxHashSet;

use crate::contained::contained;
use crate::evidence::FileCalls;
use crate::evidence::calls::may_call;
use crate::evidence::heads::{UsedHead, used_heads};
use crate::files::FileSystem;
use crate::kernel::version::Version;

/// Of a folder, no more than this is read.
const MOST_BYTES: usize = 32 << 20;
/// Larger files are tables.
const MOST_FILE_BYTES: usize = 2 << 20;

type Slot<T> = Arc<OnceLock<T>>;
type Calls = Arc<FileCalls>;
type Folder = Arc<[(PathBuf, Calls)]>;
/// The members by which each file of a folder puts something behind a grace period.
type Heads = Arc<[(PathBuf, FxHashSet<UsedHead>)]>;

/// Reads neighbours once. What is read depends on the tree alone, never on which files are checked.
pub(crate) struct Neighbours {
    files: Arc<dyn FileSystem>,
    folders: Mutex<HashMap<PathBuf, Slot<Folder>>>,
    single: Mutex<HashMap<PathBuf, Slot<Calls>>>,
    heads: Mutex<HashMap<PathBuf, Slot<Heads>>>,
}

impl Neighbours {
    pub fn new(files: Arc<dyn FileSystem>) -> Neighbours {
        Neighbours {
            files,
            folders: Mutex::default(),
            single: Mutex::default(),
            heads: Mutex::default(),
        }
    }

    /// The files beside `path`, and `others` that lie elsewhere.
    pub fn of(&self, path: &Path, others: &[&Path]) -> Vec<Calls> {
        let folder = path.parent().unwrap_or(path);
        let mut found: Vec<Calls> = self
            .folder(folder)
            .iter()
            .filter(|(other, _)| other != path)
            .map(|(_, calls)| calls.clone())
            .collect();
        let mut others: Vec<&Path> = others.to_vec();
        others.retain(|other| *other != path && other.parent() != Some(folder));
        others.sort_unstable();
        others.dedup();
        found.extend(others.into_iter().map(|other| self.file(other)));
        found.retain(|calls| !calls.functions.is_empty());
        found
    }

    /// Whether a file beside `path` puts something behind a grace period by this member of a struct.
    pub fn uses_head(&self, path: &Path, head: UsedHead, version: Version) -> bool {
        let folder = path.parent().unwrap_or(path);
        let known = slot(&self.heads, folder);
        let heads = known.get_or_init(|| self.read_heads(folder, version));
        heads.iter().any(|(other, heads)| other != path && heads.contains(&head))
    }

    fn read_heads(&self, folder: &Path, version: Version) -> Heads {
        let mut found = Vec::new();
        for name in self.files.list(folder) {
            if !(name.ends_with(".c") || name.ends_with(".h")) {
                continue;
            }
            let path = folder.join(name);
            // A file that cannot be read is told of where it is checked itself.
            let heads = contained(|| {
                let bytes = self.files.read(&path).ok()?;
                memchr::memmem::find(&bytes, b"rcu")?;
                Some(used_heads(&bytes, version, false, &|_| false))
            });
            found.extend(heads.ok().flatten().map(|heads| (path, heads)));
        }
        found.into()
    }

    fn folder(&self, folder: &Path) -> Folder {
        slot(&self.folders, folder).get_or_init(|| self.read_folder(folder)).clone()
    }

    fn file(&self, path: &Path) -> Calls {
        slot(&self.single, path).get_or_init(|| Arc::new(self.read(path).0)).clone()
    }

    fn read_folder(&self, folder: &Path) -> Folder {
        let mut found = Vec::new();
        let mut left = MOST_BYTES;
        for name in self.files.list(folder) {
            if !(name.ends_with(".c") || name.ends_with(".h")) {
                continue;
            }
            let path = folder.join(name);
            let (calls, read) = self.read(&path);
            if !calls.functions.is_empty() {
                found.push((path, Arc::new(calls)));
            }
            left = left.saturating_sub(read);
            if left == 0 {
                break;
            }
        }
        found.into()
    }

    /// The calls in a file, and how much was read for it.
    fn read(&self, path: &Path) -> (FileCalls, usize) {
        contained(|| {
            let Ok(bytes) = self.files.read(path) else { return (FileCalls::default(), 0) };
            let wanted = bytes.len() <= MOST_FILE_BYTES && may_call(&bytes);
            (if wanted { FileCalls::read(&bytes) } else { FileCalls::default() }, bytes.len())
        })
        .unwrap_or_default()
    }
}

/// The place for what is known of a path. It is filled outside the lock.
fn slot<T>(known: &Mutex<HashMap<PathBuf, Slot<T>>>, path: &Path) -> Slot<T> {
    let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
    known.entry(path.to_owned()).or_default().clone()
}

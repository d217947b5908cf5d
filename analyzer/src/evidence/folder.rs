//! The files beside a file, read when something is to be proposed for it.

use std::collections::{BTreeMap, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use rustc_hash::FxHashSet;
use serde::{Deserialize, Serialize};

use crate::contained::contained;
use crate::evidence::FileCalls;
use crate::evidence::calls::may_call;
use crate::evidence::heads::{UsedHead, used_heads};
use crate::files::FileSystem;
use crate::kernel::version::Version;
use crate::rests;

/// Of a folder, no more than this is read.
const MOST_BYTES: usize = 32 << 20;
/// Larger files are tables.
const MOST_FILE_BYTES: usize = 2 << 20;

type Slot<T> = Arc<OnceLock<T>>;
type Calls = Arc<FileCalls>;
/// The files of a folder that have calls, and those of one too large to be read whole, where it matters how
/// large each is.
type Folder = Arc<(Vec<(PathBuf, Calls)>, Vec<PathBuf>)>;
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
        rests::on_calls(folder);
        let known = self.folder(folder);
        known.1.iter().for_each(|file| rests::on_file(file));
        let mut found: Vec<Calls> = known
            .0
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
        rests::on_heads(folder);
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
            let heads = contained(|| heads_in(&self.files.read(&path).ok()?, version));
            found.extend(heads.ok().flatten().map(|heads| (path, heads)));
        }
        found.into()
    }

    fn folder(&self, folder: &Path) -> Folder {
        slot(&self.folders, folder).get_or_init(|| self.read_folder(folder)).clone()
    }

    fn file(&self, path: &Path) -> Calls {
        rests::on_calls(path);
        slot(&self.single, path).get_or_init(|| Arc::new(self.read(path).0)).clone()
    }

    fn read_folder(&self, folder: &Path) -> Folder {
        let (mut found, mut all) = (Vec::new(), Vec::new());
        let mut left = MOST_BYTES;
        for name in self.files.list(folder) {
            if !(name.ends_with(".c") || name.ends_with(".h")) {
                continue;
            }
            let path = folder.join(name);
            let (calls, read) = self.read(&path);
            all.push(path.clone());
            if !calls.functions.is_empty() {
                found.push((path, Arc::new(calls)));
            }
            left = left.saturating_sub(read);
            if left == 0 {
                return Arc::new((found, all));
            }
        }
        Arc::new((found, Vec::new()))
    }

    /// By which it is known again what the files gave that were looked at; those that gave something.
    pub fn prints(&self) -> Given {
        let mut given = Given::default();
        let known = self.folders.lock().unwrap_or_else(PoisonError::into_inner);
        for (path, calls) in known.values().filter_map(|slot| slot.get()).flat_map(|one| &one.0) {
            given.calls.insert(path.clone(), hash(&**calls));
        }
        let known = self.single.lock().unwrap_or_else(PoisonError::into_inner);
        for (path, slot) in known.iter() {
            let calls = slot.get().filter(|calls| !calls.functions.is_empty());
            given.calls.extend(calls.map(|calls| (path.clone(), hash(&**calls))));
        }
        let known = self.heads.lock().unwrap_or_else(PoisonError::into_inner);
        for (path, heads) in known.values().filter_map(|slot| slot.get()).flat_map(|one| &**one) {
            given.heads.insert(path.clone(), of_heads(heads));
        }
        given
    }

    /// The calls in a file, and how much was read for it.
    fn read(&self, path: &Path) -> (FileCalls, usize) {
        contained(|| {
            let Ok(bytes) = self.files.read(path) else { return (FileCalls::default(), 0) };
            (calls_in(&bytes), bytes.len())
        })
        .unwrap_or_default()
    }
}

fn calls_in(bytes: &[u8]) -> FileCalls {
    let wanted = bytes.len() <= MOST_FILE_BYTES && may_call(bytes);
    if wanted { FileCalls::read(bytes) } else { FileCalls::default() }
}

fn heads_in(bytes: &[u8], version: Version) -> Option<FxHashSet<UsedHead>> {
    memchr::memmem::find(bytes, b"rcu")?;
    Some(used_heads(bytes, version, false, &|_| false))
}

/// By which it is known again what files give to those beside them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Given {
    /// Calls of accessors, of files that have some.
    pub calls: BTreeMap<PathBuf, u64>,
    /// Members by which something is put behind a grace period, of files with the letters rcu.
    pub heads: BTreeMap<PathBuf, u64>,
}

impl Given {
    /// The same of some bytes: of calls, of members.
    pub fn by(bytes: &[u8], version: Version) -> (Option<u64>, Option<u64>) {
        let calls = contained(|| calls_in(bytes)).unwrap_or_default();
        let heads = contained(|| heads_in(bytes, version)).ok().flatten();
        let some = !calls.functions.is_empty();
        (some.then(|| hash(&calls)), heads.map(|heads| of_heads(&heads)))
    }
}

fn of_heads(heads: &FxHashSet<UsedHead>) -> u64 {
    let mut all: Vec<&UsedHead> = heads.iter().collect();
    all.sort_unstable();
    hash(&all)
}

fn hash(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

/// The place for what is known of a path. It is filled outside the lock.
fn slot<T>(known: &Mutex<HashMap<PathBuf, Slot<T>>>, path: &Path) -> Slot<T> {
    let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
    known.entry(path.to_owned()).or_default().clone()
}

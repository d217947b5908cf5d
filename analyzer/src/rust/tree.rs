//! The Rust declarations that a file sees: its own, those of the files beside it, those of the
//! kernel crate.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::declared::{Declared, Function, Struct};
use super::ty::{Named, Ty};
use crate::files::FileSystem;

/// The declarations that Rust inputs can see: those of the kernel crate, and of the folders in which
/// inputs lie.
#[derive(Default)]
pub(crate) struct RustTree {
    krate: PathBuf,
    folders: FxHashMap<PathBuf, Folder>,
}

/// The files of a folder, in the order of their names.
type Folder = Vec<(PathBuf, Vec<Arc<Declared>>)>;

/// Where the kernel crate lies; below it, every file belongs to it.
const CRATE: &str = "rust/kernel";

impl RustTree {
    /// Reads what the files at some paths can see, in parallel on the current rayon pool.
    pub fn load<'p>(
        files: &dyn FileSystem,
        root: Option<&Path>,
        inputs: impl Iterator<Item = &'p Path>,
    ) -> RustTree {
        let krate = root.map(|root| root.join(CRATE)).unwrap_or_default();
        let mut folders = BTreeSet::from([krate.clone()]);
        let beside = inputs.filter_map(Path::parent);
        folders.extend(beside.filter(|f| !is_below(&krate, f)).map(Path::to_owned));
        let mut paths = Vec::new();
        for folder in &folders {
            if !folder.as_os_str().is_empty() {
                list(files, folder, *folder == krate, &mut |path| {
                    paths.push((folder.clone(), path));
                });
            }
        }
        let read = |(folder, path): (PathBuf, PathBuf)| {
            let declared = super::declared(&path, &files.read(&path).ok()?)?;
            Some((folder, path, declared))
        };
        let read: Vec<_> = paths.into_par_iter().filter_map(read).collect();
        let mut tree = RustTree { krate, folders: FxHashMap::default() };
        for (folder, path, declared) in read {
            tree.folders.entry(folder).or_default().push((path, declared));
        }
        tree
    }

    /// What the file at a path sees, `own` being what it declares.
    pub fn seen(&self, path: &Path, own: Vec<Arc<Declared>>) -> Seen {
        let folder = path.parent().unwrap_or(Path::new(""));
        let beside = self.folders.get(folder).filter(|_| !is_below(&self.krate, folder));
        let all = beside.into_iter().chain(self.folders.get(&self.krate)).flatten();
        let others =
            all.filter(|(other, _)| other != path).flat_map(|(_, declared)| declared).cloned();
        Seen { own, others: others.collect(), holders: RefCell::default() }
    }
}

fn is_below(krate: &Path, folder: &Path) -> bool {
    !krate.as_os_str().is_empty() && folder.starts_with(krate)
}

fn list(files: &dyn FileSystem, folder: &Path, below: bool, found: &mut dyn FnMut(PathBuf)) {
    let rust = files.list(folder).into_iter().filter(|name| name.ends_with(".rs"));
    rust.map(|name| folder.join(name)).filter(|path| files.is_file(path)).for_each(&mut *found);
    if below {
        for name in files.folders(folder) {
            list(files, &folder.join(name), below, found);
        }
    }
}

/// What a file sees.
pub(crate) struct Seen {
    own: Vec<Arc<Declared>>,
    others: Vec<Arc<Declared>>,
    /// Whether who has a struct has the guard of a reader section, once that was asked.
    holders: RefCell<FxHashMap<Record, bool>>,
}

/// A struct by its name and the module that its path names.
type Record = (Arc<str>, Option<Arc<str>>);

/// Aliases of aliases are followed so far.
const DEPTH: usize = 8;

impl Seen {
    /// What the declarations of a type say: those of the module that its path names or, where none
    /// is called so (a type may be re-exported), those of the file at hand, or else of all others, if
    /// they agree.
    fn find<T: PartialEq>(
        &self,
        module: Option<&str>,
        pick: impl Fn(&Declared) -> Option<T>,
    ) -> Option<T> {
        let all = || self.own.iter().chain(&self.others);
        let of_module = all().filter(|one| module == Some(&*one.module));
        agreed(of_module.filter_map(|declared| pick(declared)))
            .or_else(|| agreed(self.own.iter().filter_map(|declared| pick(declared))))
            .or_else(|| agreed(self.others.iter().filter_map(|declared| pick(declared))))
            .flatten()
    }

    pub fn record(&self, named: &Named) -> Option<Struct> {
        self.find(named.module.as_deref(), |declared| declared.record(&named.name).cloned())
    }

    /// The type that an alias stands for.
    pub fn resolved(&self, ty: &Ty) -> Ty {
        let mut ty = ty.clone();
        for _ in 0..DEPTH {
            let Ty::Named(named) = &ty else { break };
            let alias = |declared: &Declared| declared.alias(&named.name, &named.arguments);
            let Some(next) = self.find(named.module.as_deref(), alias) else { break };
            ty = next;
        }
        ty
    }

    /// A function of a module.
    pub fn function(&self, module: &str, name: &str) -> Option<Function> {
        let all = self.own.iter().chain(&self.others).filter(|one| *module == *one.module);
        agreed(all.filter_map(|declared| declared.function(name).cloned())).flatten()
    }

    pub fn method(&self, of: &Named, name: &str) -> Option<Function> {
        self.find(of.module.as_deref(), |declared| declared.method(&of.name, name).cloned())
    }

    /// What a type leads to where a member or method is asked for.
    pub fn target(&self, ty: &Ty) -> Option<Ty> {
        if let Some(to) = ty.dereferenced() {
            return Some(self.resolved(&to));
        }
        let Ty::Named(named) = ty else { return None };
        let target = |declared: &Declared| declared.target(&named.name).cloned();
        let target = self.find(named.module.as_deref(), target)?;
        Some(self.resolved(&target.result(ty, &[])))
    }

    /// Whether who has a value of this type has the guard of a reader section: it is one, or holds or
    /// borrows one.
    pub fn holds_guard(&self, ty: &Ty) -> bool {
        let asked = RefCell::default();
        let holds = self.holds(ty, &asked);
        if holds {
            // What leads back to a struct that was still being looked into was told without it.
            let mut known = self.holders.borrow_mut();
            for record in asked.take() {
                if known.get(&record) == Some(&false) {
                    known.remove(&record);
                }
            }
        }
        holds
    }

    /// The same; which structs were looked into is added to `asked`.
    fn holds(&self, ty: &Ty, asked: &RefCell<Vec<Record>>) -> bool {
        ty.mentions(&|ty| {
            let resolved = self.resolved(ty);
            let Ty::Named(named) = &resolved else { return false };
            if resolved.is_guard() {
                return true;
            }
            let key = (named.name.clone(), named.module.clone());
            if let Some(known) = self.holders.borrow().get(&key) {
                return *known;
            }
            self.holders.borrow_mut().insert(key.clone(), false);
            asked.borrow_mut().push(key.clone());
            let holds = self
                .record(named)
                .is_some_and(|record| record.types().any(|ty| self.holds(ty, asked)));
            self.holders.borrow_mut().insert(key, holds);
            holds
        })
    }
}

/// The one thing that all say; `None` if none says anything, `Some(None)` if they differ.
fn agreed<T: PartialEq>(mut all: impl Iterator<Item = T>) -> Option<Option<T>> {
    let first = all.next()?;
    Some(all.all(|other| other == first).then_some(first))
}

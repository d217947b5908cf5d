//! Where bytes come from. The analyzer reads files only through [`FileSystem`], so that tests (and
//! a patch applied in memory) need no disk.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::DirEntry;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Read access to a tree of files.
pub trait FileSystem: Send + Sync {
    /// The bytes of a file.
    ///
    /// # Errors
    /// Whatever the system says of an absent or unreadable file.
    fn read(&self, path: &Path) -> io::Result<Vec<u8>>;
    /// Whether a regular file is there.
    fn is_file(&self, path: &Path) -> bool;
    /// The names of the files and folders in a folder (not below it), sorted.
    fn list(&self, folder: &Path) -> Vec<String>;
    /// The names of the folders in a folder, sorted.
    fn folders(&self, folder: &Path) -> Vec<String>;
}

impl std::fmt::Debug for dyn FileSystem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("FileSystem")
    }
}

/// The disk.
#[derive(Debug, Default)]
pub struct Disk;

impl FileSystem for Disk {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        std::fs::read(path)
    }

    fn is_file(&self, path: &Path) -> bool {
        path.is_file()
    }

    fn list(&self, folder: &Path) -> Vec<String> {
        let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
        let mut names: Vec<String> =
            entries.flatten().filter_map(|entry| entry.file_name().into_string().ok()).collect();
        names.sort();
        names
    }

    fn folders(&self, folder: &Path) -> Vec<String> {
        let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
        let is_folder = |entry: &DirEntry| match entry.file_type() {
            Ok(kind) if kind.is_symlink() => entry.path().is_dir(),
            kind => kind.is_ok_and(|kind| kind.is_dir()),
        };
        let folders = entries.flatten().filter(is_folder);
        let mut names: Vec<String> =
            folders.filter_map(|entry| entry.file_name().into_string().ok()).collect();
        names.sort();
        names
    }
}

/// Changes in memory over files that stay as they are: other bytes, files more, files less.
pub struct Overlay {
    below: Arc<dyn FileSystem>,
    changed: BTreeMap<PathBuf, Option<Vec<u8>>>,
    /// What the added files add to the folders above them.
    files: BTreeMap<PathBuf, BTreeSet<String>>,
    folders: BTreeMap<PathBuf, BTreeSet<String>>,
}

impl Overlay {
    /// `below`, with other bytes at some paths, and no file where there are none.
    pub fn new(below: Arc<dyn FileSystem>, changed: BTreeMap<PathBuf, Option<Vec<u8>>>) -> Overlay {
        let mut files: BTreeMap<PathBuf, BTreeSet<String>> = BTreeMap::new();
        let mut folders: BTreeMap<PathBuf, BTreeSet<String>> = BTreeMap::new();
        for (path, _) in changed.iter().filter(|(_, bytes)| bytes.is_some()) {
            let mut names = &mut files;
            let mut at = path.as_path();
            while let (Some(parent), Some(name)) = (at.parent(), at.file_name()) {
                let Some(name) = name.to_str() else { break };
                names.entry(parent.to_owned()).or_default().insert(name.to_owned());
                names = &mut folders;
                at = parent;
            }
        }
        Overlay { below, changed, files, folders }
    }

    /// The names of a folder below, without those of removed files, and with those that are added.
    fn names(&self, folder: &Path, below: Vec<String>, added: &[Names<'_>]) -> Vec<String> {
        let removed = |name: &str| matches!(self.changed.get(&folder.join(name)), Some(None));
        let mut names: BTreeSet<String> = below.into_iter().filter(|name| !removed(name)).collect();
        names.extend(added.iter().filter_map(|names| names.get(folder)).flatten().cloned());
        names.into_iter().collect()
    }
}

type Names<'a> = &'a BTreeMap<PathBuf, BTreeSet<String>>;

impl FileSystem for Overlay {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        match self.changed.get(path) {
            Some(Some(bytes)) => Ok(bytes.clone()),
            Some(None) => Err(io::ErrorKind::NotFound.into()),
            None => self.below.read(path),
        }
    }

    fn is_file(&self, path: &Path) -> bool {
        match self.changed.get(path) {
            Some(bytes) => bytes.is_some(),
            None => self.below.is_file(path),
        }
    }

    fn list(&self, folder: &Path) -> Vec<String> {
        self.names(folder, self.below.list(folder), &[&self.files, &self.folders])
    }

    fn folders(&self, folder: &Path) -> Vec<String> {
        self.names(folder, self.below.folders(folder), &[&self.folders])
    }
}

/// Files in memory, for tests.
#[derive(Debug, Default)]
pub struct Memory {
    files: BTreeMap<PathBuf, Vec<u8>>,
}

impl Memory {
    /// Adds or replaces a file.
    pub fn add(&mut self, path: impl Into<PathBuf>, bytes: impl Into<Vec<u8>>) {
        self.files.insert(path.into(), bytes.into());
    }
}

impl FileSystem for Memory {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.files.get(path).cloned().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn is_file(&self, path: &Path) -> bool {
        self.files.contains_key(path)
    }

    fn list(&self, folder: &Path) -> Vec<String> {
        self.files
            .keys()
            .filter(|path| path.parent() == Some(folder))
            .filter_map(|path| path.file_name()?.to_str().map(str::to_owned))
            .collect()
    }

    fn folders(&self, folder: &Path) -> Vec<String> {
        let mut names: Vec<String> = self
            .files
            .keys()
            .filter_map(|path| path.strip_prefix(folder).ok())
            .filter(|below| below.components().count() > 1)
            .filter_map(|below| below.components().next()?.as_os_str().to_str().map(str::to_owned))
            .collect();
        names.dedup();
        names
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_lie_over_the_files() {
        let mut memory = Memory::default();
        memory.add("/a/x.c", "int x;");
        memory.add("/a/y.c", "int y;");
        memory.add("/a/old.h", "int old;");
        let changed = BTreeMap::from([
            (PathBuf::from("/a/x.c"), Some(b"long x;".to_vec())),
            (PathBuf::from("/a/old.h"), None),
            (PathBuf::from("/a/b/new.h"), Some(b"int new;".to_vec())),
        ]);
        let overlay = Overlay::new(Arc::new(memory), changed);
        assert_eq!(overlay.read(Path::new("/a/x.c")).unwrap(), b"long x;");
        assert_eq!(overlay.read(Path::new("/a/y.c")).unwrap(), b"int y;");
        assert_eq!(overlay.read(Path::new("/a/b/new.h")).unwrap(), b"int new;");
        for absent in ["/a/z.c", "/a/old.h"] {
            assert!(overlay.read(Path::new(absent)).is_err());
            assert!(!overlay.is_file(Path::new(absent)));
        }
        assert!(overlay.is_file(Path::new("/a/x.c")) && overlay.is_file(Path::new("/a/b/new.h")));
        assert_eq!(overlay.list(Path::new("/a")), ["b", "x.c", "y.c"]);
        assert_eq!(overlay.list(Path::new("/a/b")), ["new.h"]);
        assert_eq!(overlay.folders(Path::new("/a")), ["b"]);
        assert_eq!(overlay.folders(Path::new("/")), ["a"]);
    }
}

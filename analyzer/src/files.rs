//! Where bytes come from. The analyzer reads files only through [`FileSystem`], so that tests (and
//! a patch applied in memory) need no disk.

use std::collections::BTreeMap;
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
        let names = self.list(folder);
        names.into_iter().filter(|name| folder.join(name).is_dir()).collect()
    }
}

/// Changes in memory over files that stay as they are. A file that is not there below is added, and
/// in no folder's list.
pub struct Overlay {
    below: Arc<dyn FileSystem>,
    changed: BTreeMap<PathBuf, Vec<u8>>,
}

impl Overlay {
    /// `below`, with other bytes at some paths.
    pub fn new(below: Arc<dyn FileSystem>, changed: BTreeMap<PathBuf, Vec<u8>>) -> Overlay {
        Overlay { below, changed }
    }
}

impl FileSystem for Overlay {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        match self.changed.get(path) {
            Some(bytes) => Ok(bytes.clone()),
            None => self.below.read(path),
        }
    }

    fn is_file(&self, path: &Path) -> bool {
        self.changed.contains_key(path) || self.below.is_file(path)
    }

    fn list(&self, folder: &Path) -> Vec<String> {
        self.below.list(folder)
    }

    fn folders(&self, folder: &Path) -> Vec<String> {
        self.below.folders(folder)
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
        let changed = BTreeMap::from([(PathBuf::from("/a/x.c"), b"long x;".to_vec())]);
        let overlay = Overlay::new(Arc::new(memory), changed);
        assert_eq!(overlay.read(Path::new("/a/x.c")).unwrap(), b"long x;");
        assert_eq!(overlay.read(Path::new("/a/y.c")).unwrap(), b"int y;");
        assert!(overlay.read(Path::new("/a/z.c")).is_err());
        assert!(overlay.is_file(Path::new("/a/x.c")) && !overlay.is_file(Path::new("/a/z.c")));
        assert_eq!(overlay.list(Path::new("/a")), ["x.c", "y.c"]);
        assert_eq!(overlay.folders(Path::new("/")), ["a"]);
    }
}

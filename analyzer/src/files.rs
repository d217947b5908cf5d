//! Where bytes come from. The analyzer reads files only through [`FileSystem`], so that tests (and
//! a patch applied in memory) need no disk.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

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

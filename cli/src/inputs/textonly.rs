//! The disk, without what cannot be C.

use std::io::{Error, ErrorKind, Result};
use std::path::Path;

use rculint_analyzer::files::{Disk, FileSystem};

/// The largest file read: five times the largest header of Linux 6.12 (register masks of amdgpu), and
/// what it takes is memory by the token.
const LARGEST: u64 = 1 << 27;

/// The disk; files that are not text are as if unreadable.
#[derive(Debug, Default)]
pub struct TextOnly;

impl FileSystem for TextOnly {
    fn read(&self, path: &Path) -> Result<Vec<u8>> {
        let found = std::fs::metadata(path)?;
        // Whoever reads a pipe that lies beside an input waits for ever.
        if !found.is_file() {
            return Err(Error::new(ErrorKind::InvalidData, "not a file"));
        }
        if found.len() > LARGEST {
            return Err(Error::new(ErrorKind::InvalidData, "too large for a source file"));
        }
        let bytes = Disk.read(path)?;
        if memchr::memchr(0, &bytes).is_some() {
            return Err(Error::new(ErrorKind::InvalidData, "not a text file (it has NUL bytes)"));
        }
        Ok(bytes)
    }

    fn is_file(&self, path: &Path) -> bool {
        Disk.is_file(path)
    }

    fn folders(&self, folder: &Path) -> Vec<String> {
        Disk.folders(folder)
    }

    fn list(&self, folder: &Path) -> Vec<String> {
        Disk.list(folder)
    }
}

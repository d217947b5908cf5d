//! Paths from a file or standard input.

use std::ffi::OsStr;
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// The paths that a file lists, one a line or, with `null`, each with a NUL byte behind it. `-` is
/// standard input. Empty lines are none.
///
/// # Errors
/// The list cannot be read: a message that names it.
pub fn listed(list: &Path, null: bool) -> Result<Vec<PathBuf>, String> {
    let mut bytes = Vec::new();
    let read = if list == Path::new("-") {
        io::stdin().lock().read_to_end(&mut bytes).map(|_| ())
    } else {
        std::fs::read(list).map(|all| bytes = all)
    };
    read.map_err(|error| format!("{}: {error}", list.display()))?;
    Ok(split(&bytes, null))
}

fn split(bytes: &[u8], null: bool) -> Vec<PathBuf> {
    let end = if null { b'\0' } else { b'\n' };
    let names = bytes.split(|byte| *byte == end).filter(|name| !name.is_empty());
    names.map(|name| PathBuf::from(OsStr::from_bytes(name))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_nul_bytes() {
        assert_eq!(split(b"a.c\n\nb c.c", false), [Path::new("a.c"), Path::new("b c.c")]);
        assert_eq!(split(b"a\n.c\0b.c\0", true), [Path::new("a\n.c"), Path::new("b.c")]);
        assert!(split(b"", false).is_empty());
    }
}

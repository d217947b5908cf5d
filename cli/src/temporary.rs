//! New versions of files, beside the old ones until they take their places. A process that is killed
//! leaves them behind; a later one removes them. Each is locked as long as its process lives: a lock
//! ends with its holder, however that ends, and holds against other machines and containers, of
//! which a process number says nothing.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

use rustix::fs::{FlockOperation, OFlags, flock};
use tempfile::NamedTempFile;

const PREFIX: &str = ".rculint-";
const SUFFIX: &str = ".tmp";
/// So many are tried, if others remove them before they are locked.
const MOST_TRIES: u32 = 100;

/// An empty file in a folder, under a name of its own.
pub(crate) fn create(folder: &Path, permissions: Option<Permissions>) -> io::Result<NamedTempFile> {
    for _ in 0..MOST_TRIES {
        let mut builder = tempfile::Builder::new();
        builder.prefix(PREFIX).suffix(SUFFIX);
        if let Some(permissions) = permissions.clone() {
            builder.permissions(permissions);
        }
        let made = builder.tempfile_in(folder)?;
        if is_kept(made.as_file())? {
            return Ok(made);
        }
    }
    Err(io::Error::other("others keep removing it"))
}

/// Locks a new file, unless somebody has taken it for one that was left behind.
fn is_kept(made: &File) -> io::Result<bool> {
    match flock(made, FlockOperation::NonBlockingLockExclusive) {
        Err(rustix::io::Errno::WOULDBLOCK) => Ok(false),
        Ok(()) => Ok(made.metadata()?.nlink() > 0),
        // A file system without locks: nobody else gets one either, and so nobody removes it.
        Err(_) => Ok(true),
    }
}

/// Removes what processes have left in a folder that do not live any more. What cannot be removed
/// stays: it harms nobody.
pub(crate) fn remove_stale(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten().filter(|entry| is_ours(&entry.file_name().to_string_lossy())) {
        let _ = remove_if_stale(&entry.path());
    }
}

/// Whether a file of this name is one that [`create`] makes.
fn is_ours(name: &str) -> bool {
    let middle = name.strip_prefix(PREFIX).and_then(|name| name.strip_suffix(SUFFIX));
    middle.is_some_and(|middle| {
        !middle.is_empty() && middle.bytes().all(|byte| byte.is_ascii_alphanumeric())
    })
}

fn remove_if_stale(path: &Path) -> io::Result<()> {
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let file = OpenOptions::new().write(true).custom_flags(flags.bits() as i32).open(path)?;
    if !file.metadata()?.is_file() {
        return Ok(());
    }
    flock(&file, FlockOperation::NonBlockingLockExclusive)?;
    // It may have taken its place before it was locked here: then it has this name no more.
    let (locked, named) = (file.metadata()?, fs::symlink_metadata(path)?);
    if (locked.dev(), locked.ino()) == (named.dev(), named.ino()) {
        fs::remove_file(path)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
        let mut names: Vec<_> = entries.map(|name| name.into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn what_nobody_holds_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let held = create(folder.path(), None).unwrap();
        let name = held.path().file_name().unwrap().to_string_lossy().into_owned();
        // As a process leaves it that is killed.
        let left = create(folder.path(), None).unwrap().into_temp_path().keep().unwrap();
        assert_eq!(names(folder.path()).len(), 2);
        remove_stale(folder.path());
        assert_eq!(names(folder.path()), [name]);
        assert!(!left.exists());
        held.persist(folder.path().join("a.c")).unwrap();
        remove_stale(folder.path());
        assert_eq!(names(folder.path()), ["a.c"]);
    }

    #[test]
    fn what_is_not_ours_stays() {
        let folder = tempfile::tempdir().unwrap();
        let kept = [".rculint-", ".rculint-cache", ".rculint-a b.tmp", ".rculint-.tmp", "a.tmp"];
        for name in kept {
            fs::write(folder.path().join(name), "").unwrap();
        }
        fs::create_dir(folder.path().join(".rculint-folder.tmp")).unwrap();
        symlink("a.tmp", folder.path().join(".rculint-link.tmp")).unwrap();
        let before = names(folder.path());
        remove_stale(folder.path());
        assert_eq!(names(folder.path()), before);
        remove_stale(&folder.path().join("none"));
    }

    #[test]
    fn a_new_file_that_was_taken_for_an_old_one_is_no_good() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new");
        let made = File::create(&path).unwrap();
        let other = File::create(&path).unwrap();
        flock(&other, FlockOperation::LockExclusive).unwrap();
        assert!(!is_kept(&made).unwrap());
        fs::remove_file(&path).unwrap();
        drop(other);
        assert!(!is_kept(&made).unwrap());
        assert!(is_kept(&File::create(&path).unwrap()).unwrap());
    }
}

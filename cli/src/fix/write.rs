//! Writing files: whole or not at all.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::changes::Change;
use crate::temporary;

/// A file to write.
#[derive(Debug)]
pub(crate) struct Pending<'a> {
    /// Where it was found; a symbolic link is followed.
    pub path: &'a Path,
    /// Its bytes.
    pub change: &'a Change,
}

/// A new version that lies beside its file.
struct Staged<'a> {
    real: PathBuf,
    temporary: NamedTempFile,
    pending: &'a Pending<'a>,
}

/// Writes all of the files or none: the new versions are written beside the old ones, and take
/// their places once all are there. Says which file could not be written, why, and what to do.
pub(crate) fn all(files: &[Pending<'_>]) -> Result<(), (PathBuf, String)> {
    let failed = |pending: &Pending<'_>, reason| (pending.path.to_owned(), reason);
    let mut staged = Vec::new();
    for pending in files {
        staged.push(stage(pending).map_err(|reason| failed(pending, reason))?);
    }
    // Again, as close to the replacement as can be.
    for Staged { real, pending, .. } in &staged {
        unchanged(real, &pending.change.before).map_err(|reason| failed(pending, reason))?;
    }
    let mut done: Vec<(PathBuf, &Pending<'_>)> = Vec::new();
    for Staged { real, temporary, pending } in staged {
        match temporary.persist(&real) {
            Ok(_) => done.push((real, pending)),
            Err(error) => {
                let mut reason = format!("the new version cannot take its place ({})", error.error);
                for (real, pending) in &done {
                    if let Err(error) = restore(real, &pending.change.before) {
                        let name = &pending.change.shown;
                        reason += &format!("; {name} is changed and cannot be put back ({error})");
                    }
                }
                return Err(failed(pending, reason));
            }
        }
    }
    for folder in done.iter().filter_map(|(real, _)| real.parent()) {
        // Not every file system can; the files themselves are on disk.
        let _ = File::open(folder).and_then(|folder| folder.sync_all());
    }
    Ok(())
}

fn stage<'a>(pending: &'a Pending<'a>) -> Result<Staged<'a>, String> {
    let cannot = |error: io::Error| format!("it cannot be read ({error}); run again");
    let real = pending.path.canonicalize().map_err(cannot)?;
    let metadata = fs::metadata(&real).map_err(cannot)?;
    // The rename would not ask.
    if metadata.permissions().readonly() {
        return Err("the file is read-only; make it writable (chmod u+w) and run again".to_owned());
    }
    OpenOptions::new()
        .write(true)
        .open(&real)
        .map_err(|error| format!("{error}; make the file writable and run again"))?;
    unchanged(&real, &pending.change.before)?;
    let temporary = beside(&real, &metadata, &pending.change.after).map_err(|error| {
        format!(
            "a new version cannot be written beside it ({error}); make the folder writable, or \
             free some space, and run again"
        )
    })?;
    Ok(Staged { real, temporary, pending })
}

fn unchanged(real: &Path, before: &[u8]) -> Result<(), String> {
    match fs::read(real) {
        Ok(bytes) if bytes == before => Ok(()),
        Ok(_) => Err("changed while it was being checked; run again".to_owned()),
        Err(error) => Err(format!("it cannot be read any more ({error}); run again")),
    }
}

/// A file in the same folder, on disk, with the bytes given and the owner and mode of `real`.
fn beside(real: &Path, metadata: &fs::Metadata, bytes: &[u8]) -> io::Result<NamedTempFile> {
    let folder = real.parent().unwrap_or(Path::new("."));
    let mut temporary = temporary::create(folder, None)?;
    temporary.write_all(bytes)?;
    // Only root may give files away; others keep what they make.
    use std::os::unix::fs::MetadataExt;
    let _ =
        std::os::unix::fs::fchown(temporary.as_file(), Some(metadata.uid()), Some(metadata.gid()));
    temporary.as_file().set_permissions(metadata.permissions())?;
    temporary.as_file().sync_all()?;
    Ok(temporary)
}

/// Puts the old bytes back.
fn restore(real: &Path, before: &[u8]) -> io::Result<()> {
    beside(real, &fs::metadata(real)?, before)?.persist(real)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn change(before: &str, after: &str) -> Change {
        Change { shown: "shown.c".to_owned(), before: before.into(), after: after.into() }
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
        let mut names: Vec<_> = entries.map(|name| name.into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn the_mode_stays_and_nothing_is_left_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.c");
        fs::write(&path, "old").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        all(&[Pending { path: &path, change: &change("old", "new") }]).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o7777, 0o640);
        assert_eq!(names(folder.path()), ["a.c"]);
    }

    #[test]
    fn symbolic_links_are_followed() {
        let folder = tempfile::tempdir().unwrap();
        let (real, link) = (folder.path().join("a.c"), folder.path().join("b.c"));
        fs::write(&real, "old").unwrap();
        symlink("a.c", &link).unwrap();
        all(&[Pending { path: &link, change: &change("old", "new") }]).unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read(&real).unwrap(), b"new");
    }

    #[test]
    fn files_that_changed_or_are_read_only_stay() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.c");
        fs::write(&path, "other").unwrap();
        let change = change("old", "new");
        let pending = Pending { path: &path, change: &change };
        let (culprit, reason) = all(std::slice::from_ref(&pending)).unwrap_err();
        assert_eq!(culprit, path);
        assert_eq!(reason, "changed while it was being checked; run again");
        fs::write(&path, "old").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o444)).unwrap();
        let (_, reason) = all(&[pending]).unwrap_err();
        assert!(reason.contains("read-only; make it writable"), "{reason}");
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(names(folder.path()), ["a.c"]);
    }

    #[test]
    fn several_files_are_written_together_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let (a, b) = (folder.path().join("a.c"), folder.path().join("b.h"));
        fs::write(&a, "old").unwrap();
        fs::write(&b, "other").unwrap();
        let change = change("old", "new");
        let files = [Pending { path: &a, change: &change }, Pending { path: &b, change: &change }];
        assert_eq!(all(&files).unwrap_err().0, b);
        assert_eq!(fs::read(&a).unwrap(), b"old");
        assert_eq!(names(folder.path()), ["a.c", "b.h"]);
        fs::write(&b, "old").unwrap();
        all(&files).unwrap();
        assert_eq!((fs::read(&a).unwrap(), fs::read(&b).unwrap()), (b"new".into(), b"new".into()));
    }

    #[test]
    fn what_was_replaced_is_put_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.c");
        fs::write(&path, "new").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        restore(&path, b"old").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o7777, 0o600);
    }
}

//! Asking git, the program, what changed.

use std::collections::BTreeMap;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

/// A work tree.
#[derive(Debug)]
pub(super) struct Repository {
    /// Where git is started: what its environment says is relative to this folder.
    folder: PathBuf,
    /// The top of the work tree.
    pub top: PathBuf,
}

/// A file that differs between two versions; absolute paths.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// Where it was and the object that it was, if it was there.
    pub old: Option<(PathBuf, String)>,
    /// Where it is and the object that it is (zeros for what only the work tree has), if it is there.
    pub new: Option<(PathBuf, String)>,
}

/// The files that matter.
const FILES: [&str; 4] = ["--", ":(top)*.c", ":(top)*.h", ":(top)*.rs"];

impl Repository {
    /// The work tree that a folder lies in.
    ///
    /// # Errors
    /// There is none, or no git: a message.
    pub fn of(folder: &Path) -> Result<Repository, String> {
        let mut repository = Repository { folder: folder.to_owned(), top: PathBuf::new() };
        let asked = repository.git(&["rev-parse", "--show-toplevel"], b"")?;
        if !asked.status.success() {
            let said = first_line(&asked.stderr);
            return Err(format!("{}: not in a work tree of git ({said})", folder.display()));
        }
        let top = asked.stdout.strip_suffix(b"\n").unwrap_or(&asked.stdout);
        repository.top = PathBuf::from(OsStr::from_bytes(top));
        Ok(repository)
    }

    /// The commit at which the current branch and `revision` part: `revision` itself, if the branch
    /// is based on it.
    ///
    /// # Errors
    /// No such revision: a message.
    pub fn base(&self, revision: &str) -> Result<String, String> {
        let commit = format!("{revision}^{{commit}}");
        let found =
            self.git(&["rev-parse", "--verify", "--quiet", "--end-of-options", &commit], b"")?;
        if !found.status.success() {
            let shallow = self.git(&["rev-parse", "--is-shallow-repository"], b"")?;
            let hint = match shallow.stdout.trim_ascii() {
                b"true" => "; the clone is shallow: fetch what is missing (git fetch --unshallow)",
                _ => "",
            };
            return Err(format!("git knows no revision '{revision}'{hint}"));
        }
        let commit = line(&found.stdout);
        let meet = self.git(&["merge-base", &commit, "HEAD"], b"")?;
        // Histories that never met, or of which too little was fetched.
        Ok(if meet.status.success() { line(&meet.stdout) } else { commit })
    }

    /// The .c, .h and .rs files that differ: `what` is the rest of the arguments of `git diff`.
    ///
    /// # Errors
    /// Those of git.
    pub fn changed(&self, what: &[&str]) -> Result<Vec<Entry>, String> {
        let how = ["diff", "--raw", "-z", "--no-abbrev", "--no-ext-diff", "--ignore-submodules"];
        let said =
            self.done(&[&["-c", "diff.relative=false"], &how[..], what, &FILES].concat(), b"")?;
        entries(&said, &self.top).ok_or_else(|| "git diff printed something unknown".to_owned())
    }

    /// [`Repository::changed`] and [`Repository::untracked`] at once: each looks at every file of the
    /// tree.
    ///
    /// # Errors
    /// Those of git.
    pub fn changed_and_untracked(
        &self,
        what: &[&str],
    ) -> Result<(Vec<Entry>, Vec<PathBuf>), String> {
        std::thread::scope(|scope| {
            let untracked = scope.spawn(|| self.untracked());
            let changed = self.changed(what)?;
            let untracked = untracked.join().map_err(|_| "git ls-files was lost".to_owned())?;
            Ok((changed, untracked?))
        })
    }

    /// The .c, .h and .rs files that git does not know and is not told to ignore; absolute.
    ///
    /// # Errors
    /// Those of git.
    fn untracked(&self) -> Result<Vec<PathBuf>, String> {
        let what = ["ls-files", "--others", "--exclude-standard", "--full-name", "-z"];
        let said = self.done(&[&what[..], &FILES].concat(), b"")?;
        let names = said.split(|byte| *byte == 0).filter(|name| !name.is_empty());
        Ok(names.map(|name| self.top.join(OsStr::from_bytes(name))).collect())
    }

    /// The bytes of objects.
    ///
    /// # Errors
    /// Those of git.
    pub fn objects<'a>(
        &self,
        ids: impl Iterator<Item = &'a str>,
    ) -> Result<BTreeMap<String, Vec<u8>>, String> {
        let asked: String = ids.map(|id| format!("{id}\n")).collect();
        if asked.is_empty() {
            return Ok(BTreeMap::new());
        }
        let said = self.done(&["cat-file", "--batch"], asked.as_bytes())?;
        let mut found = BTreeMap::new();
        let mut rest = said.as_slice();
        while let Some(end) = memchr::memchr(b'\n', rest) {
            let head = String::from_utf8_lossy(&rest[..end]).into_owned();
            let [id, "blob", size] = head.split(' ').collect::<Vec<_>>()[..] else {
                return Err(format!("git cat-file: {head}"));
            };
            let bytes = size.parse().ok().and_then(|size: usize| rest.get(end + 1..end + 1 + size));
            let Some(bytes) = bytes else { return Err(format!("git cat-file: {head}")) };
            found.insert(id.to_owned(), bytes.to_vec());
            rest = rest.get(end + 2 + bytes.len()..).unwrap_or(&[]);
        }
        Ok(found)
    }

    /// What a command prints that has to succeed.
    fn done(&self, arguments: &[&str], input: &[u8]) -> Result<Vec<u8>, String> {
        let output = self.git(arguments, input)?;
        if output.status.success() {
            return Ok(output.stdout);
        }
        let command = arguments.iter().find(|word| !word.starts_with('-') && !word.contains('='));
        let said = first_line(&output.stderr);
        Err(format!("git {} failed: {said}", command.unwrap_or(&"")))
    }

    fn git(&self, arguments: &[&str], input: &[u8]) -> Result<Output, String> {
        let cannot = |error: std::io::Error| match error.kind() {
            ErrorKind::NotFound => {
                "the program git is needed for this, and was not found".to_owned()
            }
            _ => format!("git cannot be started: {error}"),
        };
        let mut child = Command::new("git")
            .args(arguments)
            .current_dir(&self.folder)
            // Looking must not get in the way of whoever changes something.
            .env("GIT_OPTIONAL_LOCKS", "0")
            .env("LC_ALL", "C")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(cannot)?;
        let mut stdin = child.stdin.take();
        std::thread::scope(|scope| {
            // A git that ends early says why itself.
            scope.spawn(move || stdin.as_mut().map(|stdin| stdin.write_all(input)));
            child.wait_with_output().map_err(cannot)
        })
    }
}

/// Reads what `git diff --raw -z` prints (gitdiff-format, "Raw output format"). Only regular files
/// count; the others are as if absent.
fn entries(said: &[u8], top: &Path) -> Option<Vec<Entry>> {
    let mut words = said.split(|byte| *byte == 0);
    let mut found = Vec::new();
    while let Some(head) = words.next().filter(|head| !head.is_empty()) {
        let head = std::str::from_utf8(head).ok()?.strip_prefix(':')?;
        let [old_mode, new_mode, old, new, status] = head.split(' ').collect::<Vec<_>>()[..] else {
            return None;
        };
        let first = top.join(OsStr::from_bytes(words.next()?));
        let second = match status.starts_with(['R', 'C']) {
            true => top.join(OsStr::from_bytes(words.next()?)),
            false => first.clone(),
        };
        let side =
            |mode: &str, path, id: &str| mode.starts_with("100").then(|| (path, id.to_owned()));
        let entry = Entry { old: side(old_mode, first, old), new: side(new_mode, second, new) };
        // A file in conflict is listed once more, as what it is now.
        if status != "U" && (entry.old.is_some() || entry.new.is_some()) {
            found.push(entry);
        }
    }
    Some(found)
}

fn line(said: &[u8]) -> String {
    String::from_utf8_lossy(said.trim_ascii()).into_owned()
}

fn first_line(said: &[u8]) -> String {
    let text = String::from_utf8_lossy(said);
    text.lines().next().unwrap_or("it did not say why").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn raw_output() {
        let said = b":100644 100644 aa bb M\0fs/a b.c\0:100644 100644 cc cc R100\0a.h\0b.h\0\
                     :000000 100644 00 dd A\0new.c\0:120000 100644 ee ff T\0link.c\0\
                     :160000 000000 11 00 D\0module.c\0";
        let path = |name: &str, id: &str| Some((Path::new("/k").join(name), id.to_owned()));
        assert_eq!(
            entries(said, Path::new("/k")).unwrap(),
            [
                Entry { old: path("fs/a b.c", "aa"), new: path("fs/a b.c", "bb") },
                Entry { old: path("a.h", "cc"), new: path("b.h", "cc") },
                Entry { old: None, new: path("new.c", "dd") },
                Entry { old: None, new: path("link.c", "ff") },
            ]
        );
        assert_eq!(entries(b"", Path::new("/k")), Some(Vec::new()));
        assert_eq!(entries(b"what?\0", Path::new("/k")), None);
    }
}

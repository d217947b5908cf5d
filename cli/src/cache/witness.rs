//! What a run saw of the disk, and whether that is still so.

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{SystemTime, UNIX_EPOCH};

use rayon::prelude::*;
use rculint_analyzer::files::FileSystem;
use rustc_hash::{FxHashMap, FxHashSet};
use rustix::fs::{AtFlags, Mode, OFlags, Stat};
use serde::{Deserialize, Serialize};

/// The hash of a content, cut to what two contents will not share.
pub(super) type Print = [u8; 16];

/// The hash of some bytes.
pub(super) fn print(bytes: &[u8]) -> Print {
    let mut print = Print::default();
    print.copy_from_slice(&blake3::hash(bytes).as_bytes()[..16]);
    print
}

/// What stands for the content of a file or folder as long as nobody writes to it, as git has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Stamp {
    size: u64,
    /// Seconds and nanoseconds.
    modified: (i64, i64),
    changed: (i64, i64),
    inode: u64,
}

/// Whoever writes again within so many seconds may leave the same stamp.
const UNSURE: i64 = 2;

impl Stamp {
    fn of(path: &Path) -> Option<Stamp> {
        rustix::fs::stat(path).ok().map(|found| Stamp::from(&found))
    }

    /// Whether it will be another when somebody writes after `now`.
    fn is_settled(&self, now: i64) -> bool {
        self.modified.0.max(self.changed.0) + UNSURE < now
    }
}

impl From<&Stat> for Stamp {
    // What the fields are differs between systems.
    #[allow(clippy::useless_conversion, clippy::unnecessary_cast)]
    fn from(found: &Stat) -> Stamp {
        Stamp {
            size: found.st_size as u64,
            modified: (found.st_mtime as i64, found.st_mtime_nsec as i64),
            changed: (found.st_ctime as i64, found.st_ctime_nsec as i64),
            inode: found.st_ino as u64,
        }
    }
}

/// Looks at files of one folder after the other; from a folder that is open, the way is shorter.
#[derive(Default)]
struct Looker {
    folder: Option<(PathBuf, OwnedFd)>,
}

impl Looker {
    fn look(&mut self, path: &Path) -> Option<Stamp> {
        let (folder, name) = path.parent().zip(path.file_name())?;
        if self.folder.as_ref().is_none_or(|(known, _)| known.as_os_str() != folder.as_os_str()) {
            let flags = OFlags::DIRECTORY | OFlags::RDONLY | OFlags::CLOEXEC;
            let open = rustix::fs::open(folder, flags, Mode::empty());
            self.folder = open.ok().map(|open| (folder.to_owned(), open));
        }
        let Some((_, open)) = &self.folder else { return Stamp::of(path) };
        let found = rustix::fs::statat(open, name, AtFlags::empty()).ok();
        found.map(|found| Stamp::from(&found))
    }
}

fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs() as i64)
}

/// What was seen at a path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Seen {
    /// What stands for it; `None` if only the content does.
    pub stamp: Option<Stamp>,
    /// Its content; `None` if there was nothing to be read.
    pub print: Option<Print>,
}

/// All that was seen.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Sight {
    /// Files that were read.
    pub files: Vec<(PathBuf, Seen)>,
    /// Folders that were listed.
    pub folders: Vec<(PathBuf, Seen)>,
    /// Files that were only looked for, and whether they were there. Those are left out that lie in
    /// one of the folders: its names tell.
    pub probes: Vec<(PathBuf, bool)>,
    /// Paths at which nothing was; likewise.
    pub missing: Vec<PathBuf>,
}

/// Files that notes what is asked of it.
pub(super) struct Witness {
    below: Arc<dyn FileSystem>,
    /// What was seen before: as long as a stamp is the same, so is the content.
    before: Sight,
    files: Noted<Seen>,
    folders: Noted<Seen>,
    probes: Noted<bool>,
    missing: Noted<()>,
    /// Something was written while it was read.
    torn: AtomicBool,
}

/// In parts, so that threads do not wait for each other.
struct Noted<T>(Vec<Mutex<FxHashMap<OsString, T>>>);

impl<T: Clone + Send> Noted<T> {
    fn new() -> Noted<T> {
        Noted((0..64).map(|_| Mutex::default()).collect())
    }

    fn part(&self, path: &OsStr) -> &Mutex<FxHashMap<OsString, T>> {
        use std::hash::{BuildHasher, BuildHasherDefault};
        let hash = BuildHasherDefault::<rustc_hash::FxHasher>::default().hash_one(path);
        &self.0[(hash >> 32) as usize % self.0.len()]
    }

    fn get(&self, path: &Path) -> Option<T> {
        let path = path.as_os_str();
        self.part(path).lock().expect("no panic while locked").get(path).cloned()
    }

    fn put(&self, path: &Path, value: T) {
        let path = path.as_os_str();
        self.part(path).lock().expect("no panic while locked").insert(path.to_owned(), value);
    }

    fn take(&self) -> Vec<(PathBuf, T)> {
        let parts = self.0.iter().map(|part| part.lock().expect("no panic while locked"));
        let all = parts.flat_map(|mut part| std::mem::take(&mut *part));
        let mut all: Vec<(PathBuf, T)> =
            all.map(|(path, value)| (PathBuf::from(path), value)).collect();
        all.par_sort_unstable_by(|(a, _), (b, _)| a.as_os_str().cmp(b.as_os_str()));
        all
    }
}

impl Witness {
    /// Of files of which something was seen before.
    pub fn new(below: Arc<dyn FileSystem>, before: Sight) -> Witness {
        let torn = AtomicBool::new(false);
        Witness {
            below,
            before,
            files: Noted::new(),
            folders: Noted::new(),
            probes: Noted::new(),
            missing: Noted::new(),
            torn,
        }
    }

    /// What was seen until now; `None` if somebody wrote to it meanwhile.
    pub fn take(&self) -> Option<Sight> {
        let folders = self.folders.take();
        let listed: FxHashSet<&OsStr> = folders.iter().map(|(path, _)| path.as_os_str()).collect();
        let told = |path: &Path| path.parent().is_some_and(|at| listed.contains(at.as_os_str()));
        let mut probes = self.probes.take();
        probes.retain(|(path, _)| !told(path));
        let mut missing: Vec<PathBuf> =
            self.missing.take().into_iter().map(|(path, ())| path).collect();
        missing.retain(|path| !told(path));
        let sight = Sight { files: self.files.take(), probes, missing, folders };
        (!self.torn.load(Ordering::Relaxed)).then_some(sight)
    }

    /// Notes what is at a path unless it is known; it must be what it was before.
    fn note(
        &self,
        (noted, before): (&Noted<Seen>, &[(PathBuf, Seen)]),
        path: &Path,
        settled: Option<Stamp>,
        print: impl FnOnce() -> Option<Print>,
    ) {
        let known = noted.get(path);
        if known.as_ref().is_some_and(|known| known.stamp.is_some() && known.stamp == settled) {
            return;
        }
        let place = before.binary_search_by(|(known, _)| known.as_os_str().cmp(path.as_os_str()));
        let place = place.ok().filter(|_| settled.is_some());
        let seen = match place.map(|at| &before[at].1).filter(|seen| seen.stamp == settled) {
            Some(seen) => seen.clone(),
            None => Seen { stamp: settled, print: print() },
        };
        match known {
            Some(known) if known.print != seen.print => self.torn.store(true, Ordering::Relaxed),
            _ => noted.put(path, seen),
        }
    }
}

impl FileSystem for Witness {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        // Before it is read: what is written after that leaves another stamp.
        let stamp = Stamp::of(path).filter(|stamp| stamp.is_settled(now()));
        let bytes = self.below.read(path);
        self.note((&self.files, &self.before.files), path, stamp, || {
            bytes.as_ref().ok().map(|bytes| print(bytes))
        });
        bytes
    }

    fn is_file(&self, path: &Path) -> bool {
        let found = self.below.is_file(path);
        self.probes.put(path, found);
        found
    }

    fn list(&self, folder: &Path) -> Vec<String> {
        let stamp = Stamp::of(folder);
        let settled = stamp.filter(|stamp| stamp.is_settled(now()));
        let names = self.below.list(folder);
        if stamp.is_none() && names.is_empty() {
            // It is not there as long as what should be on the way is not.
            let above = folder.ancestors().take_while(|at| at.symlink_metadata().is_err());
            if let Some(first) = above.last() {
                self.missing.put(first, ());
                return names;
            }
        }
        self.note((&self.folders, &self.before.folders), folder, settled, || {
            of_names(self.below.as_ref(), folder, &names)
        });
        names
    }

    fn folders(&self, folder: &Path) -> Vec<String> {
        self.list(folder);
        self.below.folders(folder)
    }
}

/// What builds, editors and patches leave in a folder, or documents: no `#include` names it.
const MADE: [&str; 18] = [
    "o", "ko", "a", "mod", "order", "symvers", "cmd", "d", "su", "orig", "rej", "bak", "patch",
    "diff", "log", "txt", "rst", "md",
];

/// The hash of the names in a folder but for those that do not matter, and of which are folders.
fn of_names(files: &dyn FileSystem, folder: &Path, names: &[String]) -> Option<Print> {
    let mut hasher = blake3::Hasher::new();
    let made = |name: &str| {
        name.starts_with('.')
            || name.ends_with('~')
            || name.rsplit_once('.').is_some_and(|(_, end)| MADE.contains(&end))
    };
    for name in names.iter().filter(|name| !made(name)) {
        hasher.update(name.as_bytes()).update(&[0]);
    }
    for name in files.folders(folder).iter().filter(|name| !made(name)) {
        hasher.update(name.as_bytes()).update(&[1]);
    }
    let mut print = Print::default();
    print.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
    Some(print)
}

/// What is otherwise than it was seen.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Changes {
    /// Files with other bytes: their places in what was seen, and what they are now.
    pub files: Vec<(usize, Seen)>,
    /// A folder has other names, a file came or went.
    pub other: bool,
    /// For each file whether it has a new stamp and the same content.
    pub stamped: Vec<bool>,
}

impl Sight {
    /// Looks at everything again and takes new stamps where the content is as it was.
    pub fn check(&mut self, files: &dyn FileSystem) -> Changes {
        let read = |path: &Path| files.read(path).ok().map(|bytes| print(&bytes));
        let listed = |path: &Path| of_names(files, path, &files.list(path));
        let (changed, stamped) = again(&mut self.files, &read);
        let (folders, _) = again(&mut self.folders, &listed);
        let probes = self.probes.par_iter().any(|(path, there)| files.is_file(path) != *there)
            || self.missing.par_iter().any(|path| path.symlink_metadata().is_ok());
        // Who comes or goes is more than other bytes.
        let gone =
            |(at, now): &(usize, Seen)| now.print.is_none() || self.files[*at].1.print.is_none();
        let other = probes || !folders.is_empty() || changed.iter().any(gone);
        Changes { files: changed, other, stamped }
    }

    /// Takes in what was seen a moment later; `false` if it is otherwise.
    pub fn merge(&mut self, now: Sight) -> bool {
        let mut same = true;
        for (seen, now) in [(&mut self.files, now.files), (&mut self.folders, now.folders)] {
            let known = seen.len();
            for (path, found) in now {
                let place = seen[..known]
                    .binary_search_by(|(other, _)| other.as_os_str().cmp(path.as_os_str()));
                match place {
                    Ok(at) => same &= seen[at].1.print == found.print,
                    Err(_) => seen.push((path, found)),
                }
            }
            seen.sort_unstable_by(|(a, _), (b, _)| a.as_os_str().cmp(b.as_os_str()));
        }
        let known: FxHashMap<&PathBuf, bool> =
            self.probes.iter().map(|(path, there)| (path, *there)).collect();
        let mut more = Vec::new();
        for (path, there) in now.probes {
            match known.get(&path) {
                Some(before) => same &= *before == there,
                None => more.push((path, there)),
            }
        }
        self.probes.extend(more);
        let known: FxHashSet<&PathBuf> = self.missing.iter().collect();
        let more: Vec<PathBuf> =
            now.missing.into_iter().filter(|path| !known.contains(path)).collect();
        self.missing.extend(more);
        same
    }
}

/// Those that are otherwise, and what they are now; for each whether only its stamp is new.
fn again(
    seen: &mut [(PathBuf, Seen)],
    content: &(dyn Fn(&Path) -> Option<Print> + Sync),
) -> (Vec<(usize, Seen)>, Vec<bool>) {
    let now = now();
    let look = |looker: &mut Looker, (path, seen): &mut (PathBuf, Seen)| {
        let stamp = looker.look(path);
        let is_same = stamp.is_some() && stamp == seen.stamp;
        if is_same || (stamp.is_none() && seen.print.is_none()) {
            return (None, false);
        }
        let settled = stamp.filter(|stamp| stamp.is_settled(now));
        let found = Seen { stamp: settled, print: content(path) };
        if found.print != seen.print {
            return (Some(found), false);
        }
        let stamped = found.stamp != seen.stamp;
        *seen = found;
        (None, stamped)
    };
    let (found, stamped): (Vec<Option<Seen>>, Vec<bool>) =
        seen.par_iter_mut().with_min_len(256).map_init(Looker::default, look).unzip();
    let found = found.into_iter().enumerate().filter_map(|(at, seen)| Some((at, seen?)));
    (found.collect(), stamped)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inputs::TextOnly;

    #[test]
    fn what_was_seen_is_seen_again() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for (name, text) in [("a.c", "int a;\n"), ("b.h", "int b;\n")] {
            std::fs::write(at(name), text).unwrap();
        }
        let files = TextOnly;
        let witness = Witness::new(Arc::new(TextOnly), Sight::default());
        for name in ["a.c", "b.h", "none.h"] {
            let _ = witness.read(&at(name));
        }
        witness.list(folder.path());
        witness.is_file(&at("c.h"));
        let mut sight = witness.take().expect("nobody wrote");
        assert_eq!(sight.files.len(), 3);
        let quiet = Changes { stamped: vec![false; 3], ..Changes::default() };
        assert_eq!(sight.check(&files), quiet);
        // A build leaves things.
        std::fs::write(at("a.o"), "").unwrap();
        std::fs::write(at(".a.o.cmd"), "").unwrap();
        std::fs::write(at("a.c~"), "").unwrap();
        assert!(!sight.check(&files).other);
        std::fs::write(at("b.h"), "int c;\n").unwrap();
        let changes = sight.check(&files);
        let places: Vec<usize> = changes.files.iter().map(|(at, _)| *at).collect();
        assert_eq!((places, changes.other), (vec![1], false));
        std::fs::write(at("b.h"), "int b;\n").unwrap();
        assert_eq!(sight.check(&files).files, []);
        std::fs::write(at("c.h"), "").unwrap();
        assert!(sight.check(&files).other, "a file that was looked for came");
        std::fs::remove_file(at("c.h")).unwrap();
        assert!(!sight.check(&files).other);
        std::fs::remove_file(at("a.c")).unwrap();
        assert!(sight.check(&files).other);
    }

    #[test]
    fn what_is_written_while_it_is_read_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.c");
        let witness = Witness::new(Arc::new(TextOnly), Sight::default());
        for text in ["int a;\n", "int b;\n"] {
            std::fs::write(&file, text).unwrap();
            witness.read(&file).unwrap();
        }
        assert_eq!(witness.take(), None);
    }
}

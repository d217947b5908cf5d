//! Two versions of a tree: as it was before a change, and as it is with it.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rculint_analyzer::files::{FileSystem, Overlay};

use super::git::{Entry, Repository};
use crate::args::Check;
use crate::console::say;
use crate::inputs::{self, TextOnly};
use crate::patch;

/// A file that a change touches; absolute paths.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Touched {
    /// Where it was, if it was there.
    pub old: Option<PathBuf>,
    /// Where it is, if it is there.
    pub new: Option<PathBuf>,
}

/// Both versions.
pub(crate) struct Versions {
    /// As it was.
    pub before: Arc<dyn FileSystem>,
    /// As it is.
    pub after: Arc<dyn FileSystem>,
    /// What differs.
    pub touched: Vec<Touched>,
}

type Changed = BTreeMap<PathBuf, Option<Vec<u8>>>;

/// What the work tree changed since it parted from a revision.
///
/// # Errors
/// Those of git.
pub(super) fn since(folder: &Path, revision: &str) -> Result<Versions, String> {
    let repository = Repository::of(folder)?;
    let base = repository.base(revision)?;
    let (mut entries, untracked) = repository.changed_and_untracked(&["-M", &base])?;
    let old = old_files(&repository, &entries)?;
    let known: BTreeSet<PathBuf> =
        entries.iter().filter_map(|entry| Some(entry.new.as_ref()?.0.clone())).collect();
    // Removed from the index alone, a file is both.
    for path in untracked.into_iter().filter(|path| !known.contains(path)) {
        // Moved, and git was not told.
        let bytes = std::fs::read(&path).ok();
        let gone = entries.iter_mut().find(|entry| {
            let was = entry.old.as_ref().filter(|_| entry.new.is_none());
            bytes.is_some() && was.and_then(|(was, _)| old.get(was)) == Some(&bytes)
        });
        let new = Some((path, String::new()));
        match gone {
            Some(entry) => entry.new = new,
            None => entries.push(Entry { old: None, new }),
        }
    }
    let after = disk();
    let mut before = new_files_removed(&entries);
    before.extend(old);
    Ok(Versions {
        before: Arc::new(Overlay::new(after.clone(), before)),
        after,
        touched: touched(entries),
    })
}

/// What is staged for the next commit.
///
/// # Errors
/// Those of git.
pub(super) fn staged(folder: &Path) -> Result<Versions, String> {
    let repository = Repository::of(folder)?;
    let entries = repository.changed(&["-M", "--cached"])?;
    // The work tree may be ahead of the index.
    let (ahead, untracked) = repository.changed_and_untracked(&["--no-renames"])?;
    let mut after = new_files_removed(&ahead);
    after.extend(untracked.into_iter().map(|path| (path, None)));
    after.extend(old_files(&repository, &ahead)?);
    let after: Arc<dyn FileSystem> = Arc::new(Overlay::new(disk(), after));
    let mut before = new_files_removed(&entries);
    before.extend(old_files(&repository, &entries)?);
    Ok(Versions {
        before: Arc::new(Overlay::new(after.clone(), before)),
        after,
        touched: touched(entries),
    })
}

fn disk() -> Arc<dyn FileSystem> {
    Arc::new(TextOnly)
}

/// A tree without what is only there in the new version.
fn new_files_removed(entries: &[Entry]) -> Changed {
    entries.iter().filter_map(|entry| Some((entry.new.as_ref()?.0.clone(), None))).collect()
}

/// The old version of what has one.
fn old_files(repository: &Repository, entries: &[Entry]) -> Result<Changed, String> {
    let old: Vec<&(PathBuf, String)> =
        entries.iter().filter_map(|entry| entry.old.as_ref()).collect();
    let objects = repository.objects(old.iter().map(|(_, id)| id.as_str()))?;
    Ok(old.iter().map(|(path, id)| (path.clone(), objects.get(id).cloned())).collect())
}

fn touched(entries: Vec<Entry>) -> Vec<Touched> {
    let path = |side: Option<(PathBuf, String)>| side.map(|(path, _)| path);
    let mut touched: Vec<Touched> = entries
        .into_iter()
        .map(|entry| Touched { old: path(entry.old), new: path(entry.new) })
        .collect();
    touched.sort();
    touched.dedup();
    touched
}

/// What a patch would change or, where the tree has it already (as `b4 prep --check` finds it), did.
///
/// # Errors
/// It cannot be read, or does not apply: a message.
pub(super) fn with_patch(options: &Check, folder: &Path, file: &Path) -> Result<Versions, String> {
    let name =
        if file == Path::new("-") { "the patch".to_owned() } else { file.display().to_string() };
    let failed = |error: String| format!("{name}: {error}");
    let mut text = Vec::new();
    match file == Path::new("-") {
        true => io::stdin().lock().read_to_end(&mut text).map(drop),
        false => std::fs::read(file).map(|bytes| text = bytes),
    }
    .map_err(|error| failed(error.to_string()))?;
    let disk = disk();
    let patches = patch::parse(&text).map_err(failed)?;
    let top = top(options, folder)?;
    let (applied, is_there) = match patch::apply(&patches, disk.as_ref(), &top) {
        Ok(applied) => (applied, false),
        Err(error) => match patch::take_back(&patches, disk.as_ref(), &top) {
            Ok(taken_back) => (taken_back, true),
            Err(_) => return Err(failed(error)),
        },
    };
    if options.reading.verbose {
        let top = top.display();
        say(&match is_there {
            false => format!("applying {name} to {top}"),
            true => format!("{name} is in {top} already: telling what it brought"),
        });
        applied.notes.iter().for_each(|note| say(note));
    }
    let sides = applied.sides().into_iter();
    let other: Arc<dyn FileSystem> = Arc::new(Overlay::new(disk.clone(), applied.files));
    Ok(match is_there {
        false => Versions {
            before: disk,
            after: other,
            touched: sides.map(|(old, new)| Touched { old, new }).collect(),
        },
        true => Versions {
            before: other,
            after: disk,
            touched: sides.map(|(new, old)| Touched { old, new }).collect(),
        },
    })
}

/// Where the names of a patch start: at the top of the kernel tree or, outside one, of the work tree
/// of git; or else at the current folder.
fn top(options: &Check, folder: &Path) -> Result<PathBuf, String> {
    if let Some(root) = &options.reading.kernel_root {
        return root.canonicalize().map_err(|error| format!("{}: {error}", root.display()));
    }
    let here = || std::env::current_dir().and_then(|here| here.canonicalize());
    match inputs::kernel_above(folder).or_else(|| Some(Repository::of(folder).ok()?.top)) {
        Some(top) => Ok(top),
        None => here().map_err(|error| format!("the current folder: {error}")),
    }
}

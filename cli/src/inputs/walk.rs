//! Files of a path.

use std::ffi::OsStr;
use std::path::Path;
use std::sync::Mutex;

use ignore::{DirEntry, WalkBuilder, WalkState};
use rculint_analyzer::Input;
use rculint_analyzer::rust::is_rust;

use super::{kernel, names};

/// Folders at the top of a kernel tree that hold no kernel code: programs, and copies of kernel
/// headers that differ from the real ones.
const NOT_KERNEL: [&str; 4] = ["Documentation", "scripts", "tools", "usr"];

/// What is at a path.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// The files to check.
    pub files: Vec<Input>,
    /// What could not be read: name and reason.
    pub problems: Vec<(String, String)>,
}

/// The file at `path`, whatever its name, or the .c, .h and .rs files of the folder, in no order.
pub(super) fn find(path: &Path) -> Result<Found, String> {
    let absolute = path.canonicalize().map_err(|error| format!("{}: {error}", path.display()))?;
    let shown = names::clean(path);
    if absolute.is_dir() {
        Ok(walk(&absolute, &shown))
    } else if absolute.is_file() {
        Ok(Found { files: vec![Input { path: absolute, shown }], problems: Vec::new() })
    } else {
        Err(format!("{}: neither a file nor a folder", path.display()))
    }
}

fn walk(folder: &Path, shown: &str) -> Found {
    // A kernel's .gitignore hides nothing that is compiled, and may hide what is.
    let mut walker = WalkBuilder::new(folder);
    let walker = walker.standard_filters(false).filter_entry(is_wanted).build_parallel();
    let found = Mutex::new(Found::default());
    let add = |one: Result<Input, (String, String)>| {
        let mut found = found.lock().expect("no panic while locked");
        match one {
            Ok(input) => found.files.push(input),
            Err(problem) => found.problems.push(problem),
        }
    };
    walker.run(|| {
        Box::new(|entry| {
            match entry {
                Ok(entry) => {
                    let is_file = entry.file_type().is_some_and(|kind| kind.is_file());
                    if is_file && is_source(entry.path()) {
                        let below = entry.path().strip_prefix(folder).unwrap_or(entry.path());
                        let shown = names::join(shown, below);
                        add(Ok(Input { path: entry.into_path(), shown }));
                    }
                }
                Err(error) => add(Err(problem(&error, folder, shown))),
            }
            WalkState::Continue
        })
    });
    found.into_inner().expect("no panic while locked")
}

/// Whether a walk of `folder` finds `below` if it is a file there.
pub(super) fn finds(folder: &Path, below: &Path) -> bool {
    let mut at = folder.to_owned();
    let outside = below.components().any(|part| {
        let name = part.as_os_str();
        let outside = name.as_encoded_bytes().starts_with(b".") || is_outside(&at, name);
        at.push(name);
        outside
    });
    is_source(below) && !outside
}

/// Whether a file holds C or Rust.
pub(crate) fn is_source(path: &Path) -> bool {
    path.extension().is_some_and(|end| end == "c" || end == "h") || is_rust(path)
}

/// Whether a folder of this name in `parent` holds no kernel code.
fn is_outside(parent: &Path, name: &OsStr) -> bool {
    NOT_KERNEL.iter().any(|outside| name == *outside) && kernel::is_root(parent)
}

fn is_wanted(entry: &DirEntry) -> bool {
    if entry.depth() == 0 {
        return true;
    }
    let name = entry.file_name();
    if name.as_encoded_bytes().starts_with(b".") {
        return false;
    }
    let is_folder = entry.file_type().is_some_and(|kind| kind.is_dir());
    !(is_folder && entry.path().parent().is_some_and(|parent| is_outside(parent, name)))
}

fn problem(error: &ignore::Error, folder: &Path, shown: &str) -> (String, String) {
    let mut reason = error;
    let mut at = folder;
    loop {
        reason = match reason {
            ignore::Error::WithPath { path, err } => {
                at = path;
                err
            }
            ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => err,
            _ => break,
        };
    }
    let name = names::join(shown, at.strip_prefix(folder).unwrap_or(at));
    (if name.is_empty() { ".".to_owned() } else { name }, reason.to_string())
}

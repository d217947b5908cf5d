//! Which inputs may come to something else when the bytes of some files have changed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use rculint_analyzer::evidence::Given;
use rculint_analyzer::files::FileSystem;
use rculint_analyzer::items::includes;
use rculint_analyzer::kernel::version::Version;
use rculint_analyzer::rust::is_rust;
use rustc_hash::{FxHashMap, FxHashSet};

use super::record::Record;

/// The inputs whose text, or something of what they see, changed. `changed` are places among the files
/// that the run saw.
pub(super) fn touched(record: &Record, changed: &[usize], files: &dyn FileSystem) -> Vec<bool> {
    let paths: Vec<&Path> = changed.iter().map(|at| record.sight.files[*at].0.as_path()).collect();
    let known: FxHashSet<&Path> = paths.iter().copied().collect();
    let graph = &record.includes;
    let mut reached = vec![false; graph.files.len()];
    let mut fresh: Vec<u32> = Vec::new();
    for (at, path) in graph.files.iter().enumerate() {
        if known.contains(path.as_path()) {
            reached[at] = true;
            fresh.push(at as u32);
        }
    }
    // From included files to those that include them.
    let mut includers: Vec<Vec<u32>> = vec![Vec::new(); graph.files.len()];
    for (from, to) in graph.of_files.iter().enumerate() {
        for to in to {
            includers[*to as usize].push(from as u32);
        }
    }
    while let Some(at) = fresh.pop() {
        for from in &includers[at as usize] {
            if !std::mem::replace(&mut reached[*from as usize], true) {
                fresh.push(*from);
            }
        }
    }
    let rust = paths.iter().any(|path| is_rust(path));
    let mut beside = Beside::new(record);
    for path in &paths {
        beside.add(path, record, files);
    }
    let inputs = record.inputs.iter().zip(&graph.of_inputs).enumerate();
    inputs
        .map(|(at, (input, leads))| {
            known.contains(input.path.as_path())
                || leads.iter().any(|to| reached[*to as usize])
                || rust && is_rust(&input.path)
                || beside.found.contains(&at)
        })
        .collect()
}

/// Inputs that are included by a file beside them see what that one includes.
struct Beside<'r> {
    /// The inputs of each folder.
    folders: FxHashMap<&'r Path, Vec<usize>>,
    found: FxHashSet<usize>,
}

impl<'r> Beside<'r> {
    fn new(record: &'r Record) -> Beside<'r> {
        let mut folders: FxHashMap<&Path, Vec<usize>> = FxHashMap::default();
        for (at, input) in record.inputs.iter().enumerate() {
            if let Some(folder) = input.path.parent() {
                folders.entry(folder).or_default().push(at);
            }
        }
        Beside { folders, found: FxHashSet::default() }
    }

    /// Adds the inputs beside a file that it included, or includes now.
    fn add(&mut self, path: &Path, record: &Record, files: &dyn FileSystem) {
        let Some(inputs) = path.parent().and_then(|folder| self.folders.get(folder)) else {
            return;
        };
        let graph = &record.includes;
        let file = graph.files.iter().position(|known| known == path);
        let input = inputs.iter().find(|at| record.inputs[**at].path == path);
        let before: Vec<&Path> = file
            .map(|at| &graph.of_files[at])
            .into_iter()
            .chain(input.map(|at| &graph.of_inputs[*at]))
            .flatten()
            .map(|to| graph.files[*to as usize].as_path())
            .collect();
        // Of what is neither, nobody knows what it included.
        let unknown = file.is_none() && input.is_none();
        let now = files.read(path).map(|bytes| includes(&bytes)).unwrap_or_default();
        for at in inputs {
            let beside = record.inputs[*at].path.as_path();
            let name = beside.file_name().and_then(|name| name.to_str());
            if unknown
                || before.contains(&beside)
                || now.iter().any(|include| include.quoted && Some(&*include.path) == name)
            {
                self.found.insert(*at);
            }
        }
    }
}

/// What a changed file gives to others.
pub(super) struct Gives {
    path: PathBuf,
    /// It calls accessors otherwise.
    calls: bool,
    /// It puts something else behind grace periods.
    heads: bool,
}

/// What the changed files give to others, which is noted in the record.
pub(super) fn gives(
    record: &mut Record,
    changed: &[usize],
    files: &dyn FileSystem,
    version: Version,
) -> Vec<Gives> {
    let mut all = Vec::new();
    for at in changed {
        let path = record.sight.files[*at].0.clone();
        let bytes = files.read(&path).unwrap_or_default();
        let (calls, heads) = Given::by(&bytes, version);
        let given = &mut record.given;
        all.push(Gives {
            calls: replace(&mut given.calls, &path, calls),
            heads: replace(&mut given.heads, &path, heads),
            path,
        });
    }
    all
}

/// Whether that changes anything.
fn replace(known: &mut BTreeMap<PathBuf, u64>, path: &Path, now: Option<u64>) -> bool {
    let before = match now {
        Some(now) => known.insert(path.to_owned(), now),
        None => known.remove(path),
    };
    before != now
}

/// The inputs that have to be checked again: those that are touched, those that rest on one of these or
/// on what a changed file gives, and those that asked about a name of which something else is known now.
pub(super) fn affected(
    record: &Record,
    changed: &[Gives],
    touched: &[bool],
    names: &BTreeSet<u32>,
) -> Vec<usize> {
    let is_affected = |at: &usize| {
        let rests = &record.inputs[*at].rests;
        touched[*at]
            || rests.inputs.iter().any(|input| touched[*input as usize])
            || changed.iter().any(|one| {
                let folder = one.path.parent().unwrap_or(&one.path);
                rests.files.contains(&one.path)
                    || one.calls
                        && (rests.calls.contains(folder) || rests.calls.contains(&one.path))
                    || one.heads && rests.heads.contains(folder)
            })
            || (!names.is_empty() && rests.names.iter().any(|name| names.contains(name)))
    };
    (0..record.inputs.len()).filter(is_affected).collect()
}

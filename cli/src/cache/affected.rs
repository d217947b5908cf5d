//! Which inputs may come to something else when the bytes of some files have changed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use rculint_analyzer::Input;
use rculint_analyzer::evidence::Given;
use rculint_analyzer::files::FileSystem;
use rculint_analyzer::items::includes;
use rculint_analyzer::kernel::version::Version;
use rculint_analyzer::rests::Rests;
use rculint_analyzer::rust::is_rust;
use rustc_hash::{FxHashMap, FxHashSet};

use super::record::Links;
use super::witness::Sight;

/// The inputs whose text, or something of what they see, changed. `changed` are places among the files
/// that the run saw.
pub(super) fn touched(
    inputs: &[Input],
    links: &Links,
    sight: &Sight,
    changed: &[usize],
    files: &dyn FileSystem,
) -> Vec<bool> {
    let paths: Vec<&Path> = changed.iter().map(|at| sight.files[*at].0.as_path()).collect();
    let known: FxHashSet<&Path> = paths.iter().copied().collect();
    let graph = &links.includes;
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
    let mut beside = Beside::new(inputs);
    for path in &paths {
        beside.add(path, inputs, links, files);
    }
    let inputs = inputs.iter().zip(&graph.of_inputs).enumerate();
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
struct Beside<'i> {
    /// The inputs of each folder.
    folders: FxHashMap<&'i Path, Vec<usize>>,
    found: FxHashSet<usize>,
}

impl<'i> Beside<'i> {
    fn new(inputs: &'i [Input]) -> Beside<'i> {
        let mut folders: FxHashMap<&Path, Vec<usize>> = FxHashMap::default();
        for (at, input) in inputs.iter().enumerate() {
            if let Some(folder) = input.path.parent() {
                folders.entry(folder).or_default().push(at);
            }
        }
        Beside { folders, found: FxHashSet::default() }
    }

    /// Adds the inputs beside a file that it included, or includes now.
    fn add(&mut self, path: &Path, all: &[Input], links: &Links, files: &dyn FileSystem) {
        let Some(inputs) = path.parent().and_then(|folder| self.folders.get(folder)) else {
            return;
        };
        let graph = &links.includes;
        let file = graph.files.iter().position(|known| known == path);
        let input = inputs.iter().find(|at| all[**at].path == path);
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
            let beside = all[*at].path.as_path();
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

/// What the changed files give to others now, which is noted.
pub(super) fn gives(
    given: &mut Given,
    sight: &Sight,
    changed: &[usize],
    files: &dyn FileSystem,
    version: Version,
) -> Vec<Gives> {
    let mut all = Vec::new();
    for at in changed {
        let path = sight.files[*at].0.clone();
        let bytes = files.read(&path).unwrap_or_default();
        let (calls, heads) = Given::by(&bytes, version);
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
    all: &[Rests],
    changed: &[Gives],
    touched: &[bool],
    names: &BTreeSet<u32>,
) -> Vec<usize> {
    let has = |known: &[PathBuf], path: &Path| {
        known.binary_search_by(|known| known.as_path().cmp(path)).is_ok()
    };
    let is_affected = |at: &usize| {
        let rests = &all[*at];
        touched[*at]
            || rests.inputs.iter().any(|input| touched[*input as usize])
            || changed.iter().any(|one| {
                let folder = one.path.parent().unwrap_or(&one.path);
                has(&rests.files, &one.path)
                    || one.calls && (has(&rests.calls, folder) || has(&rests.calls, &one.path))
                    || one.heads && has(&rests.heads, folder)
            })
            || (!names.is_empty() && rests.names.iter().any(|name| names.contains(name)))
    };
    (0..all.len()).filter(is_affected).collect()
}

//! What `fuzz/` and the tests of the whole call: the readers of what others write, and `--fix`, on
//! texts in memory. No part of the command line.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rculint_analyzer::files::{FileSystem, Memory, Overlay};
use rculint_analyzer::rust::is_rust;
use rculint_analyzer::{Input, Options, Workspace};
use rculint_rules::diagnostic::{Applicability, Diagnostic, Severity};

use crate::baseline::Baseline;
use crate::check::{Checked, Scope, check_file};
use crate::config::{self, Policy};
use crate::engine::Results;
use crate::fix::{Changes, Recheck, Wanted, Which, repair};
use crate::patch;
use crate::report::Report;
use crate::timings::Timings;

/// Reads a patch, applies it to the files, and takes it back; whether both could be done.
pub fn patch(text: &[u8], files: &[(&str, &[u8])]) -> bool {
    let top = Path::new("/tree");
    let mut memory = Memory::default();
    for (name, bytes) in files {
        memory.add(top.join(name), *bytes);
    }
    let Ok(patches) = patch::parse(text) else { return false };
    let Ok(applied) = patch::apply(&patches, &memory, top) else { return false };
    let after = Overlay::new(Arc::new(memory), applied.files);
    patch::take_back(&patches, &after, top).is_ok()
}

/// Reads a configuration; what is wrong with it.
///
/// # Errors
/// The message.
pub fn config(text: &str) -> Result<(), String> {
    config::check_text(text)
}

/// Reads a baseline; what is wrong with it.
///
/// # Errors
/// The message.
pub fn baseline(text: &[u8]) -> Result<(), String> {
    Baseline::parse(Path::new("baseline"), text).map(|_| ())
}

/// Reads bytes as a part of a cache of some kind, and looks at what is in it; whether they are one.
pub fn cache(kind: u8, bytes: &[u8]) -> bool {
    crate::cache::is_part(kind, bytes)
}

/// What `--fix` makes of a file, and what is found in it afterwards.
pub struct Fixed {
    /// The text.
    pub text: Vec<u8>,
    /// How many fixes were made.
    pub made: usize,
    /// How many were left out because of what they would have done.
    pub refused: usize,
    /// What is found then.
    pub report: Report,
}

/// Fixes a file that includes nothing but what lies beside it (`files`, by absolute path).
///
/// # Errors
/// The fixes could not be made at all.
pub fn fix(path: &Path, text: &[u8], files: &Arc<dyn FileSystem>) -> Result<Fixed, String> {
    let bench = Bench {
        files: Arc::new(Overlay::new(
            files.clone(),
            BTreeMap::from([(path.to_owned(), Some(text.to_vec()))]),
        )),
        inputs: vec![Input { path: path.to_owned(), shown: path.display().to_string() }],
        policy: Arc::new(Policy::default()),
    };
    let first = bench.results(bench.recheck(&Changes::default(), Which::All)?);
    let wanted = Wanted { least: Applicability::Unsafe, level: Severity::Note };
    let repaired = repair(&bench, first, &wanted, &BTreeSet::new())?;
    let after = repaired.changes.get(path).map(|change| change.after.clone());
    let checked = bench.recheck(&repaired.changes, Which::All)?;
    Ok(Fixed {
        text: after.unwrap_or_else(|| text.to_vec()),
        made: repaired.applied.len(),
        refused: repaired.notes.len(),
        report: Report::of(&bench.results(checked)),
    })
}

/// Whether `--fix` would take the fix of a finding.
pub fn is_fixable(found: &Diagnostic) -> bool {
    Wanted { least: Applicability::Unsafe, level: Severity::Note }.takes(found)
}

/// Checks files in memory.
struct Bench {
    files: Arc<dyn FileSystem>,
    inputs: Vec<Input>,
    policy: Arc<Policy>,
}

impl Bench {
    fn results(&self, files: Vec<(Input, Checked)>) -> Results<Checked> {
        let policy = Some(self.policy.clone());
        Results {
            files,
            problems: Vec::new(),
            tops: Vec::new(),
            whole: false,
            policy,
            timings: Timings::default(),
        }
    }
}

impl Recheck for Bench {
    fn recheck(
        &self,
        changes: &Changes,
        which: Which<'_>,
    ) -> Result<Vec<(Input, Checked)>, String> {
        let changed: BTreeMap<PathBuf, Option<Vec<u8>>> = changes
            .iter()
            .map(|(path, change)| (path.clone(), Some(change.after.clone())))
            .collect();
        let files: Arc<dyn FileSystem> = Arc::new(Overlay::new(self.files.clone(), changed));
        let mut inputs = self.inputs.clone();
        if let Which::Only(only) = which {
            inputs = only
                .iter()
                .map(|path| Input { path: path.clone(), shown: path.display().to_string() })
                .collect();
        }
        // What Rust sees of C lies below the top of a tree.
        let rust = inputs.iter().any(|input| is_rust(&input.path));
        let options = Options {
            include_dirs: vec!["/include".into()],
            kernel_root: rust.then(|| "/".into()),
            ..Options::default()
        };
        let workspace = Workspace::load(files.clone(), inputs, options);
        let scope = Scope { policy: &self.policy, gaps: false, texts: true };
        let check = |index: usize| {
            let checked = check_file(&workspace, files.as_ref(), index, &scope);
            checked.map(|checked| (workspace.inputs()[index].clone(), checked))
        };
        (0..workspace.inputs().len())
            .map(|index| check(index).map_err(|error| error.to_string()))
            .collect()
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.files.read(path)
    }
}

//! `rculint check --fix` and `--diff`.
//!
//! Edits are made in memory, and what they give is checked again until nothing is left to fix
//! (`rounds.rs`); the files are written once, at the end (`write.rs`), or printed as a patch
//! (`diff.rs`).

mod changes;
mod choose;
mod diff;
mod recheck;
mod rounds;
mod write;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use rculint_rules::diagnostic::{Applicability, Diagnostic, Severity};

use crate::args::Check;
use crate::check::{self, Checked, Scope};
use crate::console::{count, say};
use crate::engine::{self, Results};
use crate::inputs::Plan;
use crate::report::{Report, merged};
use crate::run::Outcome;
use crate::temporary;
use crate::{CLEAN, FOUND, TROUBLE};
pub(crate) use changes::Changes;
pub(crate) use choose::Wanted;
use choose::{Name, name};
use recheck::Rechecker;
use rounds::Repaired;
pub(crate) use rounds::{Recheck, Which, repair};
use write::Pending;

/// Runs the command with `--fix` or `--diff`. `first` is what a check gave; of what is found, then
/// and when the fixes are made, `reported` gives what is reported: nothing else is fixed.
pub(crate) fn run(
    options: &Check,
    plan: Plan,
    first: Results<Checked>,
    scope: &Scope<'_>,
    reported: &dyn Fn(&Results<Checked>) -> Report,
) -> Outcome {
    let rechecker = Rechecker::new(options, &plan, *scope);
    let place = |one: &Diagnostic| (one.path.clone(), one.span, one.code, one.expression.clone());
    let told: BTreeSet<_> = reported(&first).diagnostics().map(place).collect();
    // One that looks like another which is not to be touched is left as well: once lines move, they
    // cannot be told apart.
    let others = merged(&first).into_iter().filter(|one| !told.contains(&place(one)));
    let unasked: BTreeSet<Name> = others.map(|one| name(&one)).collect();
    let repaired = repair(&rechecker, first, &wanted(options), &unasked)?;
    for note in &repaired.notes {
        say(&format!("rculint: warning: {note}"));
    }
    if options.diff {
        return print_diff(&plan, &repaired);
    }
    let disk = engine::disk(&plan);
    let Repaired { mut results, changes, applied, .. } = repaired;
    remove_stale(&plan, &changes);
    let failures = write_groups(&changes, &applied);
    if !failures.is_empty() {
        // What is on disk is not what was checked last.
        results = check::check_all(options, plan, &disk, scope)?;
    }
    let written = |path: &PathBuf| !failures.contains_key(path);
    let done = applied.iter().filter(|paths| paths.iter().all(written)).count();
    let files = changes.iter().filter(|(path, _)| written(path)).count();
    results.problems.extend(failures.into_values());
    results.problems.sort();
    let outcome = check::tell(options, &results, &reported(&results), &disk);
    if !options.reading.quiet {
        say(&format!("fixed {} in {}", count(done, "finding"), count(files, "file")));
    }
    outcome
}

/// Which fixes the options ask for. What is fixed does not depend on the format of the output.
fn wanted(options: &Check) -> Wanted {
    Wanted {
        least: if options.unsafe_fixes { Applicability::Unsafe } else { Applicability::Safe },
        level: options.level.map_or(Severity::Note, Severity::from),
    }
}

/// The line that tells what `--fix` could do.
pub(crate) fn fixable(options: &Check, report: &Report) -> Option<String> {
    // What is staged or in a patch is not what is on disk.
    if options.new.staged || options.new.patch.is_some() {
        return None;
    }
    let number = |least| {
        let wanted = Wanted { least, ..wanted(options) };
        report.diagnostics().filter(|diagnostic| wanted.takes(diagnostic)).count()
    };
    let (sure, all) = (number(Applicability::Safe), number(Applicability::Unsafe));
    let doubtful = all - sure;
    match (sure, doubtful) {
        (0, 0) => None,
        _ if options.unsafe_fixes => Some(format!("{all} fixable with --fix --unsafe-fixes")),
        (_, 0) => Some(format!("{sure} fixable with --fix")),
        (0, _) => Some(format!("{doubtful} fixable with --fix --unsafe-fixes")),
        _ => Some(format!("{sure} fixable with --fix, {doubtful} more with --unsafe-fixes")),
    }
}

fn print_diff(plan: &Plan, repaired: &Repaired) -> Outcome {
    let here = std::env::current_dir().and_then(|folder| folder.canonicalize()).ok();
    let mut named: Vec<_> = repaired
        .changes
        .iter()
        .map(|(path, change)| (name_in_patch(plan, here.as_deref(), path), change))
        .collect();
    named.sort_by(|(a, _), (b, _)| a.cmp(b));
    let mut out = BufWriter::new(io::stdout().lock());
    for (name, change) in &named {
        diff::write(&mut out, name, &change.before, &change.after)?;
    }
    out.flush()?;
    for problem in &repaired.results.problems {
        say(problem);
    }
    Ok(if !repaired.results.problems.is_empty() {
        TROUBLE
    } else if named.is_empty() {
        CLEAN
    } else {
        FOUND
    })
}

/// The name of a file in a patch: from the top of its kernel tree, or from the current folder.
fn name_in_patch(plan: &Plan, here: Option<&Path>, path: &Path) -> PathBuf {
    let roots = plan.groups.iter().filter_map(|(options, _)| options.kernel_root.as_deref());
    let below = roots.chain(here).find_map(|top| path.strip_prefix(top).ok());
    below.unwrap_or_else(|| path.strip_prefix("/").unwrap_or(path)).to_owned()
}

/// Removes what earlier runs that were killed left beside the files that are checked or changed.
fn remove_stale(plan: &Plan, changes: &Changes) {
    let inputs = plan.groups.iter().flat_map(|(_, inputs)| inputs).map(|input| &input.path);
    let paths: BTreeSet<_> = inputs.chain(changes.iter().map(|(path, _)| path)).collect();
    // Links lead to where files are written.
    let real = paths.into_iter().filter_map(|path| path.canonicalize().ok());
    let folders: BTreeSet<_> = real.filter_map(|path| path.parent().map(Path::to_owned)).collect();
    folders.iter().for_each(|folder| temporary::remove_stale(folder));
}

/// Writes the changed files; those that one fix changes together, all or none. The messages of
/// those that could not be written.
fn write_groups(changes: &Changes, applied: &[BTreeSet<PathBuf>]) -> BTreeMap<PathBuf, String> {
    let mut failures = BTreeMap::new();
    for group in groups(changes, applied) {
        let files: Vec<_> = group
            .iter()
            .filter_map(|path| Some((path.as_path(), changes.get(path)?)))
            .map(|(path, change)| Pending { path, change })
            .collect();
        if let Err((culprit, reason)) = write::all(&files) {
            for Pending { path, change } in &files {
                let name = &change.shown;
                let message = if *path == culprit {
                    format!("rculint: error: {name}: not fixed: {reason}")
                } else {
                    let other = changes.get(&culprit).map_or("", |change| &change.shown);
                    format!(
                        "rculint: error: {name}: not fixed, as {other} could not be: a fix changes both"
                    )
                };
                failures.insert(path.to_path_buf(), message);
            }
        }
    }
    failures
}

/// The changed files, those together that a fix changes together.
fn groups(changes: &Changes, applied: &[BTreeSet<PathBuf>]) -> Vec<BTreeSet<PathBuf>> {
    let mut groups: Vec<BTreeSet<PathBuf>> = Vec::new();
    let alone = changes.iter().map(|(path, _)| BTreeSet::from([path.clone()]));
    for set in applied.iter().filter(|paths| paths.len() > 1).cloned().chain(alone) {
        let (meet, mut rest): (Vec<_>, Vec<_>) =
            groups.into_iter().partition(|group| !group.is_disjoint(&set));
        rest.push(meet.into_iter().flatten().chain(set).collect());
        groups = rest;
    }
    groups.sort();
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_a_fix_joins_are_one_group() {
        let paths = |names: &[&str]| names.iter().map(PathBuf::from).collect::<BTreeSet<_>>();
        let mut changes = Changes::default();
        for name in ["a.c", "b.c", "c.h", "d.c"] {
            changes.start(Path::new(name), name, b"x".to_vec());
        }
        let applied = [paths(&["a.c", "c.h"]), paths(&["d.c"]), paths(&["b.c", "c.h"])];
        assert_eq!(groups(&changes, &applied), [paths(&["a.c", "b.c", "c.h"]), paths(&["d.c"])]);
    }

    #[test]
    fn names_in_patches() {
        let mut plan = Plan::default();
        let options = rculint_analyzer::Options {
            kernel_root: Some(PathBuf::from("/src/linux")),
            ..Default::default()
        };
        plan.groups.push((options, Vec::new()));
        let name = |path: &str| name_in_patch(&plan, Some(Path::new("/home/u")), Path::new(path));
        assert_eq!(name("/src/linux/fs/aio.c"), Path::new("fs/aio.c"));
        assert_eq!(name("/home/u/x/y.c"), Path::new("x/y.c"));
        assert_eq!(name("/tmp/z.c"), Path::new("tmp/z.c"));
    }
}

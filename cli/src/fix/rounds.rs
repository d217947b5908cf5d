//! Rounds of edits: what meets in a line is edited in turns, with a check in between that sees what
//! the last turn made of it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io;
use std::path::{Path, PathBuf};

use rculint_analyzer::Input;
use rculint_analyzer::rust::is_rust;
use rculint_analyzer::text::SourceFile;
use rculint_rules::diagnostic::{DECLARED_HERE, Diagnostic, Edit, Fix, apply};

use super::changes::Changes;
use super::choose::{Key, Name, Wanted, choose, files, key, name};
use crate::check::Checked;
use crate::console::count;
use crate::engine::Results;
use crate::report::merged;

/// More rounds than lines of real code need; an edit that is never done must end.
const ROUNDS: usize = 10;

/// Which files to check.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Which<'a> {
    /// The inputs.
    All,
    /// These and no others, be they inputs or not.
    Only(&'a BTreeSet<PathBuf>),
    /// The inputs that are, or include, one of these.
    Seeing(&'a BTreeSet<PathBuf>),
}

/// What the rounds know of the world.
pub(crate) trait Recheck {
    /// Checks files with the changes made.
    ///
    /// # Errors
    /// The check could not be done at all; a file that cannot be checked is left out instead.
    fn recheck(&self, changes: &Changes, which: Which<'_>)
    -> Result<Vec<(Input, Checked)>, String>;

    /// The bytes of a file without the changes.
    ///
    /// # Errors
    /// Those of the system.
    fn read(&self, path: &Path) -> io::Result<Vec<u8>>;
}

/// The outcome.
#[derive(Debug)]
pub(crate) struct Repaired {
    /// What is found in the changed files.
    pub results: Results<Checked>,
    /// The changed files.
    pub changes: Changes,
    /// For each finding that was fixed, the files that its fix changed.
    pub applied: Vec<BTreeSet<PathBuf>>,
    /// What the user should know.
    pub notes: Vec<String>,
    /// Where in the results a file is.
    places: HashMap<PathBuf, usize>,
}

/// Makes the fixes that are wanted until none is left; those of findings by these names are not.
pub(crate) fn repair(
    checker: &dyn Recheck,
    first: Results<Checked>,
    wanted: &Wanted,
    unasked: &BTreeSet<Name>,
) -> Result<Repaired, String> {
    let paths = first.files.iter().map(|(input, _)| input.path.clone());
    let mut state = Repaired {
        places: paths.zip(0..).collect(),
        results: first,
        changes: Changes::default(),
        applied: Vec::new(),
        notes: Vec::new(),
    };
    let mut refused: BTreeSet<Key> = BTreeSet::new();
    let mut round = 0;
    let mut wide = false;
    loop {
        let findings = merged(&state.results);
        let mut chosen = choose(&findings, wanted, &refused, unasked);
        if round == ROUNDS && !chosen.is_empty() {
            let left = count(chosen.len(), "fix").replace("fixs", "fixes");
            state.notes.push(format!("stopped after {ROUNDS} rounds with {left} left; run again"));
            break;
        }
        let mut texts = BTreeMap::new();
        chosen.retain(|finding| {
            let fresh = state.start(checker, finding, &mut texts);
            if let Err(problem) = &fresh {
                refused.insert(key(finding));
                if !state.results.problems.contains(problem) {
                    state.results.problems.push(problem.clone());
                }
            }
            fresh.is_ok()
        });
        if chosen.is_empty() {
            break;
        }
        // Annotations first and alone: what they bring to light is to be fixed as well.
        if chosen.iter().any(|one| annotates(one)) {
            chosen.retain(|one| annotates(one));
        }
        let next = with(&state.changes, &chosen);
        let touched: BTreeSet<PathBuf> = chosen.iter().flat_map(|one| files(one)).collect();
        let local =
            touched.iter().all(|path| is_source(path)) && !chosen.iter().any(|one| annotates(one));
        let checked = state.check(checker, &next, &touched, local)?;
        let mut bad = Vec::new();
        for path in &touched {
            let before = state.broken(checker, path)?;
            if broken(&checked, path) > before {
                bad.extend(culprits(checker, &state.changes, path, &chosen, before)?);
            }
        }
        for finding in &bad {
            state.refuse(finding, "would break the code around it");
        }
        if bad.is_empty() {
            let old = state.replace(checked);
            let after = merged(&state.results);
            bad = idle(&findings, &chosen, &after);
            for finding in &bad {
                state.refuse(finding, "would not satisfy the rule");
            }
            for (finding, number) in exposing(&chosen, &after, wanted) {
                let what = count(number, "further finding");
                state.refuse(finding, &format!("would bring {what} to light that no fix is for"));
                bad.push(finding);
            }
            if !bad.is_empty() {
                state.replace(old);
            }
        }
        if !bad.is_empty() {
            // Again without them; each time some are refused, so this ends.
            refused.extend(bad.into_iter().map(key));
            continue;
        }
        wide |= !local;
        state.changes = next;
        state.applied.extend(chosen.iter().map(|one| files(one)));
        round += 1;
    }
    if wide {
        // What a file finds may hang on more than it includes, though hardly ever does.
        let checked = checker.recheck(&state.changes, Which::All)?;
        state.replace(checked);
    }
    state.changes.prune();
    state.notes.sort();
    state.notes.dedup();
    Ok(state)
}

impl Repaired {
    /// Takes in the files that a finding's fix changes; `texts` are those of this round.
    fn start(
        &mut self,
        checker: &dyn Recheck,
        finding: &Diagnostic,
        texts: &mut BTreeMap<PathBuf, SourceFile>,
    ) -> Result<(), String> {
        for edit in finding.fix.iter().flat_map(|fix| &fix.edits) {
            let name = &edit.filename;
            if !self.changes.has(&edit.path) {
                let known = self.checked(&edit.path).and_then(|checked| checked.text.clone());
                let bytes = match known {
                    Some(text) => text,
                    None => checker
                        .read(&edit.path)
                        .map_err(|error| format!("rculint: error: {name}: not fixed: {error}"))?,
                };
                self.changes.start(&edit.path, name, bytes);
            }
            let text = || self.changes.get(&edit.path).map(|change| change.after.clone());
            let source = texts
                .entry(edit.path.clone())
                .or_insert_with(|| SourceFile::new(text().unwrap_or_default()));
            if !fits(edit, source) {
                return Err(format!(
                    "rculint: error: {name}: not fixed: changed while it was being checked; run \
                     again"
                ));
            }
        }
        Ok(())
    }

    fn checked(&self, path: &Path) -> Option<&Checked> {
        let place = self.places.get(path)?;
        self.results.files.get(*place).map(|(_, checked)| checked)
    }

    /// Checks what `next` may have an effect on: the touched files alone, or all that see them.
    fn check(
        &self,
        checker: &dyn Recheck,
        next: &Changes,
        touched: &BTreeSet<PathBuf>,
        local: bool,
    ) -> Result<Vec<(Input, Checked)>, String> {
        if local {
            return checker.recheck(next, Which::Only(touched));
        }
        let mut checked = checker.recheck(next, Which::Seeing(touched))?;
        let mut others = touched.clone();
        others.retain(|path| self.checked(path).is_none());
        if !others.is_empty() {
            checked.extend(checker.recheck(next, Which::Only(&others))?);
        }
        Ok(checked)
    }

    /// How many places of a file are not understood now.
    fn broken(&self, checker: &dyn Recheck, path: &Path) -> Result<usize, String> {
        match self.checked(path) {
            Some(checked) => Ok(checked.statistics.broken.len()),
            None => {
                let only = BTreeSet::from([path.to_owned()]);
                Ok(broken(&checker.recheck(&self.changes, Which::Only(&only))?, path))
            }
        }
    }

    /// Puts what was found now in the place of what is known; gives the latter.
    fn replace(&mut self, checked: Vec<(Input, Checked)>) -> Vec<(Input, Checked)> {
        let mut old = Vec::new();
        for (input, mut checked) in checked {
            let place = self.places.get(&input.path).copied();
            if let Some((_, known)) = place.and_then(|place| self.results.files.get_mut(place)) {
                std::mem::swap(known, &mut checked);
                old.push((input, checked));
            }
        }
        old
    }

    fn refuse(&mut self, finding: &Diagnostic, why: &str) {
        let Diagnostic { filename, location, code, .. } = finding;
        self.notes.push(format!(
            "{filename}:{}: the fix of {code} {why}; it was left out, make the change by hand",
            location.row
        ));
    }
}

/// Whether a file is not meant to be included: what is declared in others is used elsewhere.
fn is_source(path: &Path) -> bool {
    path.extension().is_some_and(|end| end == "c") || is_rust(path)
}

fn annotates(finding: &Diagnostic) -> bool {
    finding.fix.as_ref().is_some_and(Fix::annotates)
}

/// The annotations after which plain accesses are found that nothing here can fix, with their
/// number. Rows are those before the annotation: it adds none.
fn exposing<'a>(
    chosen: &[&'a Diagnostic],
    after: &[Diagnostic],
    wanted: &Wanted,
) -> Vec<(&'a Diagnostic, usize)> {
    let mut shown: BTreeMap<(&Path, u32), usize> = BTreeMap::new();
    for finding in after.iter().filter(|finding| !wanted.takes(finding)) {
        let causes = finding.related.iter().filter(|place| place.message == DECLARED_HERE);
        for place in causes {
            *shown.entry((&place.path, place.location.row)).or_default() += 1;
        }
    }
    let number = |finding: &Diagnostic| -> usize {
        let edits = finding.fix.iter().flat_map(|fix| &fix.edits);
        edits.filter_map(|edit| shown.get(&(edit.path.as_path(), edit.location.row))).sum()
    };
    let annotations = chosen.iter().filter(|one| annotates(one));
    annotations.map(|one| (*one, number(one))).filter(|(_, number)| *number > 0).collect()
}

/// The changes with further fixes made.
fn with(changes: &Changes, chosen: &[&Diagnostic]) -> Changes {
    let mut edits: BTreeMap<&Path, Vec<Edit>> = BTreeMap::new();
    for edit in chosen.iter().filter_map(|one| one.fix.as_ref()).flat_map(|fix| &fix.edits) {
        edits.entry(&edit.path).or_default().push(edit.clone());
    }
    let mut next = changes.clone();
    for (path, edits) in edits {
        if let Some(change) = changes.get(path) {
            next.set(path, apply(&change.after, &edits));
        }
    }
    next
}

/// Whether the text is the one that an edit was made for, as far as lines tell.
fn fits(edit: &Edit, source: &SourceFile) -> bool {
    edit.span.range().end <= source.bytes().len()
        && edit.location == source.position(edit.span.start).into()
        && edit.end_location == source.position(edit.span.end).into()
}

/// How many places of a file are not understood; a file that could not be checked counts as
/// damaged altogether.
fn broken(checked: &[(Input, Checked)], path: &Path) -> usize {
    let found = checked.iter().find(|(input, _)| input.path == path);
    found.map_or(usize::MAX, |(_, checked)| checked.statistics.broken.len())
}

/// The fixes that break `path`: those that do so together with the ones before them.
fn culprits<'a>(
    checker: &dyn Recheck,
    changes: &Changes,
    path: &Path,
    chosen: &[&'a Diagnostic],
    before: usize,
) -> Result<Vec<&'a Diagnostic>, String> {
    let only = BTreeSet::from([path.to_owned()]);
    let (mut kept, mut bad) = (Vec::new(), Vec::new());
    for &finding in chosen.iter().filter(|one| files(one).contains(path)) {
        kept.push(finding);
        let next = with(changes, &kept);
        if broken(&checker.recheck(&next, Which::Only(&only))?, path) > before {
            kept.pop();
            bad.push(finding);
        }
    }
    // The damage comes from another file's edits: none of them can be trusted.
    if bad.is_empty() {
        bad.extend(chosen);
    }
    Ok(bad)
}

/// The fixes whose finding is still there.
fn idle<'a>(
    before: &[Diagnostic],
    chosen: &[&'a Diagnostic],
    after: &[Diagnostic],
) -> Vec<&'a Diagnostic> {
    let mut more: BTreeMap<_, isize> = BTreeMap::new();
    for (all, step) in [(before.iter(), -1), (after.iter(), 1)] {
        for one in all {
            *more.entry(name(one)).or_default() += step;
        }
    }
    // As many should be gone as fixes were made.
    for one in chosen {
        *more.entry(name(one)).or_default() += 1;
    }
    chosen
        .iter()
        .copied()
        .filter(|one| more.get(&name(one)).is_some_and(|rest| *rest > 0))
        .collect()
}

#[cfg(test)]
mod tests;

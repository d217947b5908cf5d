//! Which fixes can be made at once.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use rculint_rules::diagnostic::{Applicability, Diagnostic, Fix, Severity};

/// The fixes that are asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted {
    /// The least sure ones.
    pub least: Applicability,
    /// The lowest level of a finding that is fixed.
    pub level: Severity,
}

impl Wanted {
    /// Whether the fix of a finding is asked for.
    pub fn takes(&self, diagnostic: &Diagnostic) -> bool {
        let fits = |fix: &Fix| {
            fix.applicability >= self.least
                && fix.applicability > Applicability::DisplayOnly
                && !fix.edits.is_empty()
        };
        diagnostic.severity >= self.level && diagnostic.fix.as_ref().is_some_and(fits)
    }
}

/// What tells a fix from others, whatever was edited above it.
pub(crate) type Key = (PathBuf, &'static str, Option<String>, String, Vec<String>);

/// The key of a finding's fix.
pub(crate) fn key(diagnostic: &Diagnostic) -> Key {
    let edits = diagnostic.fix.iter().flat_map(|fix| &fix.edits);
    (
        diagnostic.path.clone(),
        diagnostic.code,
        diagnostic.function.clone(),
        diagnostic.expression.clone(),
        edits.map(|edit| edit.content.clone()).collect(),
    )
}

/// What tells a finding from others, whatever its fix: which accessor is chosen may change with the
/// code around it.
pub(crate) type Name = (PathBuf, &'static str, Option<String>, String);

/// The name of a finding.
pub(crate) fn name(diagnostic: &Diagnostic) -> Name {
    let Diagnostic { path, code, function, expression, .. } = diagnostic;
    (path.clone(), code, function.clone(), expression.clone())
}

/// The files that a finding's fix changes.
pub(crate) fn files(diagnostic: &Diagnostic) -> BTreeSet<PathBuf> {
    let edits = diagnostic.fix.iter().flat_map(|fix| &fix.edits);
    edits.map(|edit| edit.path.clone()).collect()
}

/// The findings whose fixes are made next. Of fixes that meet in a line the first is made: a line
/// is laid out for one edit, and an edit may hold what another one changes.
pub(crate) fn choose<'a>(
    diagnostics: &'a [Diagnostic],
    wanted: &Wanted,
    refused: &BTreeSet<Key>,
    unasked: &BTreeSet<Name>,
) -> Vec<&'a Diagnostic> {
    let mut lines: BTreeMap<&Path, BTreeSet<u32>> = BTreeMap::new();
    let mut chosen = Vec::new();
    let eligible = diagnostics.iter().filter(|diagnostic| wanted.takes(diagnostic));
    let open = |one: &&Diagnostic| !refused.contains(&key(one)) && !unasked.contains(&name(one));
    for diagnostic in eligible.filter(open) {
        let Some(fix) = &diagnostic.fix else { continue };
        let rows: Vec<(&Path, u32)> = fix
            .edits
            .iter()
            .flat_map(|edit| {
                (edit.location.row..=edit.end_location.row).map(|row| (edit.path.as_path(), row))
            })
            .collect();
        let free =
            |(path, row): &(&Path, u32)| lines.get(path).is_none_or(|taken| !taken.contains(row));
        if rows.iter().all(free) {
            for (path, row) in rows {
                lines.entry(path).or_default().insert(row);
            }
            chosen.push(diagnostic);
        }
    }
    chosen
}

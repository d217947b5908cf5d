//! Which findings were there before.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use rculint_rules::diagnostic::{Diagnostic, Severity};
use rculint_rules::fingerprint::{identity, normal_expression};
use similar::{Algorithm, DiffOp, capture_diff_slices};

use super::versions::{Touched, Versions};
use crate::report::{Report, tree_path};

/// The findings of the version before, under the names that files have now.
pub(super) struct Before {
    known: Vec<Known>,
    by_place: HashMap<Place, Vec<usize>>,
    by_identity: HashMap<String, Vec<usize>>,
    /// Where files were that are somewhere now.
    old: HashMap<PathBuf, PathBuf>,
}

struct Known {
    severity: Severity,
    taken: bool,
}

/// Code, file, expression and row.
type Place = (&'static str, PathBuf, String, u32);

impl Before {
    /// `diagnostics` are merged; paths are told from `tops`, as in a [`Report`].
    pub fn new(diagnostics: &[Diagnostic], touched: &[Touched], tops: &[PathBuf]) -> Before {
        let moved = |one: &Touched| Some((one.old.clone()?, one.new.clone()?));
        let new: HashMap<PathBuf, PathBuf> = touched.iter().filter_map(moved).collect();
        let mut before = Before {
            known: Vec::new(),
            by_place: HashMap::new(),
            by_identity: HashMap::new(),
            old: new.iter().map(|(old, new)| (new.clone(), old.clone())).collect(),
        };
        for (index, one) in diagnostics.iter().enumerate() {
            let now = new.get(&one.path).unwrap_or(&one.path);
            let identity = identity(one, &tree_path(now, &one.filename, tops));
            before.known.push(Known { severity: one.severity, taken: false });
            before.by_place.entry(place(one, now, one.location.row)).or_default().push(index);
            before.by_identity.entry(identity).or_default().push(index);
        }
        before
    }

    /// The findings that were not there before, at this level or above. First those are taken for
    /// known that stand on a line as they did before, whatever the function is called now; then as
    /// many of those left as there were with the same fingerprint.
    pub fn fresh(&mut self, report: &Report, versions: &Versions) -> Report {
        self.known.iter_mut().for_each(|known| known.taken = false);
        let mut rows: HashMap<PathBuf, Option<Rows>> = HashMap::new();
        let mut left = Vec::new();
        for finding in report.findings.iter().cloned() {
            let one = &finding.diagnostic;
            let rows =
                rows.entry(one.path.clone()).or_insert_with(|| self.rows(&one.path, versions));
            let row = match rows {
                Some(rows) => rows.get(one.location.row as usize - 1).copied().flatten(),
                None => Some(one.location.row),
            };
            let found = row.and_then(|row| self.by_place.get(&place(one, &one.path, row)));
            if !take(&mut self.known, found, one.severity) {
                left.push(finding);
            }
        }
        left.retain(|finding| {
            let found = self.by_identity.get(&identity(&finding.diagnostic, &finding.tree_path));
            !take(&mut self.known, found, finding.diagnostic.severity)
        });
        report.with(left)
    }

    /// For each row of a file the row on which the line stood before; `None` for a file that did not
    /// change.
    fn rows(&self, path: &Path, versions: &Versions) -> Option<Rows> {
        let old = self.old.get(path)?;
        let before = versions.before.read(old).ok()?;
        let after = versions.after.read(path).ok()?;
        Some(row_map(&before, &after))
    }
}

/// Rows of the version before, from 1, for the rows of a file.
type Rows = Vec<Option<u32>>;

/// Takes one of the known findings, if there is one left that was as severe.
fn take(known: &mut [Known], among: Option<&Vec<usize>>, severity: Severity) -> bool {
    let mut free = among.into_iter().flatten().copied();
    match free.find(|index| !known[*index].taken && known[*index].severity >= severity) {
        Some(index) => {
            known[index].taken = true;
            true
        }
        None => false,
    }
}

fn place(one: &Diagnostic, path: &Path, row: u32) -> Place {
    (one.code, path.to_owned(), normal_expression(&one.expression), row)
}

fn row_map(before: &[u8], after: &[u8]) -> Rows {
    let lines = |text| <[u8]>::split(text, |byte| *byte == b'\n').collect::<Vec<_>>();
    let (old, new) = (lines(before), lines(after));
    let mut rows = vec![None; new.len()];
    for operation in capture_diff_slices(Algorithm::Myers, &old, &new) {
        if let DiffOp::Equal { old_index, new_index, len } = operation {
            for at in 0..len {
                rows[new_index + at] = Some((old_index + at) as u32 + 1);
            }
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use rculint_analyzer::files::Memory;
    use rculint_rules::diagnostic::Location;

    use super::*;

    fn finding(path: &str, function: &str, row: u32, severity: Severity) -> Diagnostic {
        let location = Location { row, column: 1 };
        Diagnostic {
            code: "RCU101",
            name: "plain-load",
            severity,
            message: String::new(),
            filename: path.to_owned(),
            function: Some(function.to_owned()),
            location,
            end_location: location,
            expression: "p->x".to_owned(),
            related: Vec::new(),
            steps: Vec::new(),
            fix: None,
            path: path.into(),
            span: Default::default(),
        }
    }

    /// The rows of the findings that are new.
    fn fresh(
        (old, before, was): (&str, &str, &[(&str, u32, Severity)]),
        (new, after, is): (&str, &str, &[(&str, u32, Severity)]),
    ) -> Vec<u32> {
        let of = |path: &str, all: &[(&str, u32, Severity)]| -> Vec<Diagnostic> {
            all.iter().map(|(f, row, severity)| finding(path, f, *row, *severity)).collect()
        };
        let tree = |path: &str, text: &str| {
            let mut files = Memory::default();
            files.add(path, text);
            Arc::new(files)
        };
        let touched = vec![Touched { old: Some(old.into()), new: Some(new.into()) }];
        let versions = Versions {
            before: tree(old, before),
            after: tree(new, after),
            touched: touched.clone(),
        };
        let mut known = Before::new(&of(old, was), &touched, &[]);
        let report = known.fresh(&Report::new(of(new, is), &[]), &versions);
        report.diagnostics().map(|one| one.location.row).collect()
    }

    use Severity::{Error, Note, Warning};

    #[test]
    fn lines_that_moved_are_known() {
        let before = ("/a.c", "one\nload\n", &[("f", 2, Error)][..]);
        assert!(fresh(before, ("/a.c", "one\nnew\nload\n", &[("f", 3, Error)])).is_empty());
        // In another file, in a function by another name.
        assert!(fresh(before, ("/b.c", "zero\none\nload\n", &[("g", 3, Error)])).is_empty());
        // On a line that changed, in the same function.
        assert!(fresh(before, ("/a.c", "one\nload it\n", &[("f", 2, Error)])).is_empty());
        assert_eq!(fresh(before, ("/a.c", "one\nload it\n", &[("g", 2, Error)])), [2]);
    }

    #[test]
    fn of_equals_the_added_one_is_new() {
        let before = ("/a.c", "load\nend\n", &[("f", 1, Error)][..]);
        let after = ("/a.c", "add load\nload\nend\n", &[("f", 1, Error), ("f", 2, Error)][..]);
        assert_eq!(fresh(before, after), [1]);
    }

    #[test]
    fn what_got_worse_is_new() {
        let text = "load\n";
        let at = |severity| [("f", 1, severity)];
        for (was, is, new) in [(Note, Warning, true), (Warning, Error, true), (Error, Note, false)]
        {
            let found = fresh(("/a.c", text, &at(was)), ("/a.c", text, &at(is)));
            assert_eq!(!found.is_empty(), new, "{was} to {is}");
        }
    }
}

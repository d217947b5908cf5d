//! What is told in the end: the findings of all files as one list, each with what tells it apart.

use std::path::{Path, PathBuf};

use rculint_rules::diagnostic::{Diagnostic, Severity};
use rculint_rules::fingerprint::{Fingerprint, fingerprints};
use rculint_rules::suppression::Suppressed;
use rculint_rules::{check_together, merge};

use crate::check::Checked;
use crate::engine::Results;

/// A finding as reports need it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What the rule said.
    pub diagnostic: Diagnostic,
    /// The same in every run, wherever the lines are.
    pub fingerprint: Fingerprint,
    /// The file from the top of its kernel tree or, outside one, from the current folder; with
    /// slashes.
    pub tree_path: String,
}

/// The findings of a run, by file, position and code.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// All of them that are not suppressed, whatever the level.
    pub findings: Vec<Finding>,
    /// Those that are, with why; they count for nothing.
    pub suppressed: Vec<(Finding, Suppressed)>,
    /// Absolute folders from which files are named, the first that is above a file.
    tops: Vec<PathBuf>,
}

impl Report {
    /// The findings of `diagnostics`, which are merged; paths are told from the first of `tops`
    /// (absolute) that is above a file.
    pub fn new(diagnostics: Vec<Diagnostic>, tops: &[PathBuf]) -> Report {
        let unmarked = diagnostics.into_iter().map(|found| (found, None));
        Report::marked(unmarked.collect(), tops)
    }

    /// The report of a run.
    pub(crate) fn of(results: &Results<Checked>) -> Report {
        Report::marked(settled(results), &results.tops)
    }

    /// Suppressed findings are numbered with the others: that one is suppressed changes no other.
    fn marked(found: Vec<(Diagnostic, Option<Suppressed>)>, tops: &[PathBuf]) -> Report {
        let named = |found: &Diagnostic| tree_path(&found.path, &found.filename, tops);
        let numbered = fingerprints(found.iter().map(|(found, _)| found), named);
        let mut report = Report { tops: tops.to_vec(), ..Report::default() };
        for ((diagnostic, suppressed), fingerprint) in found.into_iter().zip(numbered) {
            let tree_path = named(&diagnostic);
            let finding = Finding { diagnostic, fingerprint, tree_path };
            match suppressed {
                Some(why) => report.suppressed.push((finding, why)),
                None => report.findings.push(finding),
            }
        }
        report
    }

    /// What the rules said.
    pub fn diagnostics(&self) -> impl Iterator<Item = &Diagnostic> + Clone {
        self.findings.iter().map(|finding| &finding.diagnostic)
    }

    /// The name of another file of a finding, made as [`Finding::tree_path`] is.
    pub fn tree_path(&self, path: &Path, filename: &str) -> String {
        tree_path(path, filename, &self.tops)
    }

    /// Those at or above a level.
    pub fn from_level(&self, level: Severity) -> Report {
        let findings = self.findings.iter().filter(|found| found.diagnostic.severity >= level);
        let suppressed =
            self.suppressed.iter().filter(|(found, _)| found.diagnostic.severity >= level);
        Report {
            suppressed: suppressed.cloned().collect(),
            ..self.with(findings.cloned().collect())
        }
    }

    /// The same with some of its findings.
    pub fn with(&self, findings: Vec<Finding>) -> Report {
        Report { findings, suppressed: self.suppressed.clone(), tops: self.tops.clone() }
    }
}

/// The findings of all files that are not suppressed, merged.
pub(crate) fn merged(results: &Results<Checked>) -> Vec<Diagnostic> {
    let settled = settled(results).into_iter().filter(|(_, suppressed)| suppressed.is_none());
    settled.map(|(found, _)| found).collect()
}

/// The findings of all files, merged, each with why it is suppressed.
fn settled(results: &Results<Checked>) -> Vec<(Diagnostic, Option<Suppressed>)> {
    let each = results.files.iter().flat_map(|(_, checked)| &checked.diagnostics);
    let mut diagnostics: Vec<Diagnostic> = each.cloned().collect();
    diagnostics.append(&mut together(results));
    merge(&mut diagnostics);
    match &results.policy {
        Some(policy) => policy.settle(diagnostics, results),
        None => diagnostics.into_iter().map(|found| (found, None)).collect(),
    }
}

/// What is found only where all files are seen together.
pub(crate) fn together(results: &Results<Checked>) -> Vec<Diagnostic> {
    let inferred: Vec<_> = results.files.iter().map(|(_, checked)| &checked.inferred).collect();
    check_together(&inferred)
}

/// The name of a file from the first top that is above it, or else the name it is shown under.
pub(crate) fn tree_path(path: &Path, shown: &str, tops: &[PathBuf]) -> String {
    match tops.iter().find_map(|top| path.strip_prefix(top).ok()) {
        Some(path) => slashed(path),
        None => shown.to_owned(),
    }
}

fn slashed(path: &Path) -> String {
    let parts: Vec<_> = path.components().map(|part| part.as_os_str().to_string_lossy()).collect();
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use rculint_rules::diagnostic::Location;

    use super::*;

    #[test]
    fn paths_start_at_the_first_top() {
        let tops = [PathBuf::from("/src/linux"), PathBuf::from("/src/linux/fs")];
        let found = |path: &str| Diagnostic {
            code: "RCU101",
            name: "plain-load",
            severity: Severity::Note,
            message: String::new(),
            filename: "../x.c".to_owned(),
            function: None,
            location: Location { row: 1, column: 1 },
            end_location: Location { row: 1, column: 1 },
            expression: String::new(),
            related: Vec::new(),
            steps: Vec::new(),
            fix: None,
            path: path.into(),
            span: Default::default(),
        };
        let report = Report::new(vec![found("/src/linux/fs/x.c"), found("/tmp/x.c")], &tops);
        assert_eq!(report.findings[0].tree_path, "fs/x.c");
        assert_eq!(report.findings[1].tree_path, "../x.c");
        assert_eq!(report.tree_path(Path::new("/src/linux/b.h"), "../b.h"), "b.h");
        assert!(report.from_level(Severity::Warning).findings.is_empty());
    }
}

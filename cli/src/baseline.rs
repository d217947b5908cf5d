//! Baselines: findings that are known, in a file. What it lists is not reported; what it lists and is
//! found no more is named.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};

use rculint_rules::diagnostic::Severity;
use rculint_rules::fingerprint::{Fingerprint, normal_expression};
use rculint_rules::registry;
use rculint_rules::selection::Selection;
use serde::{Deserialize, Serialize};

use crate::console::{count, say};
use crate::output;
use crate::report::{Finding, Report};

/// The version of the file.
const VERSION: u32 = 1;

/// So many entries that are found no more are named.
const NAMED: usize = 10;

/// A file of known findings.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: u32,
    findings: BTreeSet<Entry>,
}

/// What a file of any version says.
#[derive(Debug, Deserialize)]
struct Version {
    version: u32,
}

/// A known finding. The fingerprint decides; the rest is for people.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    path: String,
    code: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    function: Option<String>,
    expression: String,
    fingerprint: Fingerprint,
}

impl Entry {
    fn of(finding: &Finding) -> Entry {
        Entry {
            path: finding.tree_path.clone(),
            code: finding.diagnostic.code.to_owned(),
            function: finding.diagnostic.function.clone(),
            expression: normal_expression(&finding.diagnostic.expression),
            fingerprint: finding.fingerprint.clone(),
        }
    }

    fn line(&self) -> String {
        let Entry { path, code, function, expression, .. } = self;
        match function {
            Some(function) => format!("{path}: {function}: {expression} [{code}]"),
            None => format!("{path}: {expression} [{code}]"),
        }
    }
}

/// What a check looked at: only of that it can tell that something is gone.
#[derive(Debug)]
pub(crate) struct Looked<'a> {
    /// The rules that ran.
    pub selection: &'a Selection,
    /// The files that were checked, from the tops of their trees.
    pub files: BTreeSet<String>,
    /// Whether these are all files of their trees.
    pub whole: bool,
}

impl Looked<'_> {
    /// Whether the finding of an entry would have been found if it were there. What depends on other
    /// files (declarations in headers, who calls whom) is only known where all are checked.
    fn covers(&self, entry: &Entry) -> bool {
        let known = registry::find(&entry.code);
        // A code that is no more is found no more.
        if !known.is_none_or(|rule| self.selection.has(rule)) {
            return false;
        }
        let alone = entry.code.starts_with("RCU1") && entry.code != "RCU108";
        self.whole || alone && entry.path.ends_with(".c") && self.files.contains(&entry.path)
    }
}

/// A baseline.
#[derive(Debug)]
pub(crate) struct Baseline {
    path: PathBuf,
    entries: BTreeSet<Entry>,
}

impl Baseline {
    /// Reads one.
    ///
    /// # Errors
    /// It is not there, or no baseline: a message.
    pub fn read(path: &Path) -> Result<Baseline, String> {
        let name = path.display();
        // A device may have no end.
        if fs::metadata(path).is_ok_and(|found| found.file_type().is_char_device()) {
            return Err(format!("{name}: not a file"));
        }
        let text = fs::read(path).map_err(|error| format!("{name}: {error}"))?;
        Baseline::parse(path, &text)
    }

    /// Reads the text of one.
    ///
    /// # Errors
    /// It is no baseline: a message.
    pub fn parse(path: &Path, text: &[u8]) -> Result<Baseline, String> {
        let name = path.display();
        let broken = |error| format!("{name}: not a baseline of rculint: {error}");
        let Version { version } = serde_json::from_slice(text).map_err(broken)?;
        if version != VERSION {
            return Err(format!("{name}: a baseline of version {version}; this reads {VERSION}"));
        }
        let file: File = serde_json::from_slice(text).map_err(broken)?;
        Ok(Baseline { path: path.to_owned(), entries: file.findings })
    }

    /// Without the findings that it lists.
    pub fn without(&self, report: &Report) -> Report {
        let known: BTreeSet<&Fingerprint> =
            self.entries.iter().map(|entry| &entry.fingerprint).collect();
        let fresh = report.findings.iter().filter(|one| !known.contains(&one.fingerprint));
        report.with(fresh.cloned().collect())
    }

    /// Names what it lists and is found no more.
    pub fn tell_stale(&self, report: &Report, looked: &Looked<'_>) {
        let stale: Vec<&Entry> = self.stale(report, looked).collect();
        if stale.is_empty() {
            return;
        }
        let name = self.path.display();
        let number = match stale.len() {
            1 => "1 finding that is".to_owned(),
            number => format!("{number} findings that are"),
        };
        say(&format!(
            "rculint: warning: {name} lists {number} gone; --write-baseline {name} takes them out"
        ));
        for entry in stale.iter().take(NAMED) {
            say(&format!("  {}", entry.line()));
        }
        if stale.len() > NAMED {
            say(&format!("  and {} more", stale.len() - NAMED));
        }
    }

    fn stale<'a>(
        &'a self,
        report: &'a Report,
        looked: &'a Looked<'_>,
    ) -> impl Iterator<Item = &'a Entry> {
        let found: BTreeSet<&Fingerprint> =
            report.findings.iter().map(|finding| &finding.fingerprint).collect();
        self.entries
            .iter()
            .filter(move |entry| !found.contains(&entry.fingerprint) && looked.covers(entry))
    }
}

/// Lists the findings from a level on in a file. What the file lists of what was not looked at stays.
///
/// # Errors
/// The file is there and no baseline, or cannot be written: a message.
pub(crate) fn write(
    path: &Path,
    report: &Report,
    level: Severity,
    looked: &Looked<'_>,
) -> Result<(), String> {
    let old = match path.exists() {
        true => Baseline::read(path)?,
        false => Baseline { path: path.to_owned(), entries: BTreeSet::new() },
    };
    let stale: BTreeSet<&Entry> = old.stale(report, looked).collect();
    let pruned = stale.len();
    let mut findings: BTreeSet<Entry> =
        report.from_level(level).findings.iter().map(Entry::of).collect();
    let listed: BTreeSet<Fingerprint> =
        findings.iter().map(|entry| entry.fingerprint.clone()).collect();
    let kept = old
        .entries
        .iter()
        .filter(|entry| !stale.contains(entry) && !listed.contains(&entry.fingerprint));
    findings.extend(kept.cloned());
    let number = findings.len();
    output::replace(path, rendered(findings).as_bytes())
        .map_err(|error| format!("{}: {error}", path.display()))?;
    let gone = match pruned {
        0 => String::new(),
        number => format!("; {number} gone"),
    };
    say(&format!("{} in {}{gone}", count(number, "finding"), path.display()));
    Ok(())
}

/// The file's text: one finding a line, for those who compare versions of it.
fn rendered(findings: BTreeSet<Entry>) -> String {
    let lines: Vec<String> = findings
        .iter()
        .map(|entry| serde_json::to_string(entry).expect("strings can be written"))
        .collect();
    let list = match lines.is_empty() {
        true => "[]".to_owned(),
        false => format!("[\n{}\n]", lines.join(",\n")),
    };
    format!("{{\"version\": {VERSION}, \"findings\": {list}}}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(path: &str, code: &str) -> Entry {
        let fingerprint = serde_json::from_str("\"c486c29740ff3600ced4c7d3113b97ef\"").unwrap();
        Entry {
            path: path.to_owned(),
            code: code.to_owned(),
            function: None,
            expression: "p->x".to_owned(),
            fingerprint,
        }
    }

    #[test]
    fn one_line_a_finding_in_order() {
        let text = rendered(BTreeSet::from([entry("b.c", "RCU101"), entry("a.c", "RCU104")]));
        insta::assert_snapshot!(text);
        let read: File = serde_json::from_str(&text).unwrap();
        assert_eq!(read.findings.len(), 2);
        assert_eq!(rendered(BTreeSet::new()), "{\"version\": 1, \"findings\": []}\n");
    }

    #[test]
    fn only_what_was_looked_at_can_be_gone() {
        let selection = Selection::new(&["RCU101".into(), "RCU3".into()], &[]).unwrap();
        let looked = |whole| Looked {
            selection: &selection,
            files: BTreeSet::from(["a.c".to_owned(), "a.h".to_owned()]),
            whole,
        };
        let gone = |path, code, whole| looked(whole).covers(&entry(path, code));
        assert!(gone("a.c", "RCU101", false));
        assert!(!gone("b.c", "RCU101", false) && gone("b.c", "RCU101", true));
        assert!(!gone("a.c", "RCU104", true), "the rule did not run");
        assert!(!gone("a.h", "RCU101", false), "who uses it may not have been checked");
        assert!(!gone("a.c", "RCU301", false), "callers may not have been checked");
        assert!(gone("a.c", "RCU301", true) && gone("a.c", "RCU999", true));
    }
}

//! `--format gitlab`: a Code Quality report, which GitLab shows in merge requests.

use std::io::{self, Write};

use rculint_rules::diagnostic::Severity;
use rculint_rules::fingerprint::Fingerprint;
use serde::Serialize;

use crate::report::{Finding, Report};

#[derive(Serialize)]
struct Issue<'a> {
    /// With the code: GitLab does not show `check_name`.
    description: String,
    check_name: &'static str,
    /// GitLab tells new findings from old ones by it, and drops one of two that are equal.
    fingerprint: &'a Fingerprint,
    severity: &'static str,
    location: Location<'a>,
}

#[derive(Serialize)]
struct Location<'a> {
    path: &'a str,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: u32,
}

impl<'a> Issue<'a> {
    fn new(finding: &'a Finding) -> Issue<'a> {
        let found = &finding.diagnostic;
        Issue {
            description: format!("{}: {}", found.code, found.message),
            check_name: found.code,
            fingerprint: &finding.fingerprint,
            severity: match found.severity {
                Severity::Error => "major",
                Severity::Warning => "minor",
                Severity::Note => "info",
            },
            location: Location {
                path: &finding.tree_path,
                lines: Lines { begin: found.location.row },
            },
        }
    }
}

/// Writes one array, as in `doc/ci/testing/code_quality.md` of GitLab.
///
/// # Errors
/// Those of the writer.
pub fn gitlab(out: &mut dyn Write, report: &Report) -> io::Result<()> {
    let issues: Vec<_> = report.findings.iter().map(Issue::new).collect();
    serde_json::to_writer_pretty(&mut *out, &issues)?;
    writeln!(out)
}

//! `--format rdjson`: the Reviewdog Diagnostic Format.

use std::io::{self, Write};

use rculint_rules::diagnostic::{Applicability, Diagnostic, Edit, Location, Severity};
use serde::Serialize;

use crate::report::{Finding, Report};

#[derive(Serialize)]
struct Output<'a> {
    source: Source,
    diagnostics: Vec<One<'a>>,
}

#[derive(Serialize)]
struct Source {
    name: &'static str,
    url: &'static str,
}

/// Related places are left out: reviewdog refuses fields that its version does not know, and they
/// came late.
#[derive(Serialize)]
struct One<'a> {
    message: &'a str,
    location: Place<'a>,
    severity: &'static str,
    code: Code,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    suggestions: Vec<Suggestion<'a>>,
}

#[derive(Serialize)]
struct Place<'a> {
    path: &'a str,
    range: Range,
}

#[derive(Serialize)]
struct Code {
    value: &'static str,
}

#[derive(Serialize)]
struct Suggestion<'a> {
    range: Range,
    text: &'a str,
}

#[derive(Serialize)]
struct Range {
    start: Position,
    end: Position,
}

/// Columns count bytes, as ours do.
#[derive(Serialize)]
struct Position {
    line: u32,
    column: u32,
}

impl From<Location> for Position {
    fn from(location: Location) -> Position {
        Position { line: location.row, column: location.column }
    }
}

impl<'a> One<'a> {
    fn new(finding: &'a Finding) -> One<'a> {
        let found = &finding.diagnostic;
        One {
            message: &found.message,
            location: Place {
                path: &finding.tree_path,
                range: range(found.location, found.end_location),
            },
            severity: match found.severity {
                Severity::Error => "ERROR",
                Severity::Warning => "WARNING",
                Severity::Note => "INFO",
            },
            code: Code { value: found.code },
            suggestions: suggestion(found).into_iter().collect(),
        }
    }
}

fn range(start: Location, end: Location) -> Range {
    Range { start: start.into(), end: end.into() }
}

/// The fix as one that a reviewer can take with a click: suggestions are offered one by one and lie
/// in the finding's file, so a fix of several edits cannot be one.
fn suggestion(found: &Diagnostic) -> Option<Suggestion<'_>> {
    let fix = found.fix.as_ref().filter(|fix| fix.applicability > Applicability::DisplayOnly)?;
    let [Edit { path, content, location, end_location, .. }] = fix.edits.as_slice() else {
        return None;
    };
    (*path == found.path)
        .then(|| Suggestion { range: range(*location, *end_location), text: content })
}

/// Writes one `DiagnosticResult` (`proto/rdf/reviewdog.proto` of reviewdog).
///
/// # Errors
/// Those of the writer.
pub fn rdjson(out: &mut dyn Write, report: &Report) -> io::Result<()> {
    let source = Source { name: "rculint", url: env!("CARGO_PKG_REPOSITORY") };
    let diagnostics = report.findings.iter().map(One::new).collect();
    serde_json::to_writer_pretty(&mut *out, &Output { source, diagnostics })?;
    writeln!(out)
}

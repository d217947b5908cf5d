//! `--format github`: workflow commands, which GitHub Actions shows in the changed files.

use std::cmp::Reverse;
use std::io::{self, Write};

use rculint_rules::diagnostic::{Diagnostic, Severity};

use crate::report::Report;

/// Writes `::error file=...,line=...::message` lines. GitHub shows ten errors and ten warnings of a
/// step and drops the rest: the severest come first, though the two are counted apart, so that a
/// cut log keeps them.
///
/// # Errors
/// Those of the writer.
pub fn github(out: &mut dyn Write, report: &Report) -> io::Result<()> {
    let mut findings: Vec<_> = report.findings.iter().collect();
    findings.sort_by_key(|finding| Reverse(finding.diagnostic.severity));
    for finding in findings {
        let Diagnostic { code, name, severity, message, location, end_location, .. } =
            &finding.diagnostic;
        let command = match severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "notice",
        };
        let file = property(&finding.tree_path);
        let title = property(&format!("{code} {name}"));
        let (row, column) = (location.row, location.column);
        write!(out, "::{command} file={file},line={row},endLine={},", end_location.row)?;
        // Columns are those of one line; with several lines GitHub refuses them.
        if row == end_location.row {
            write!(out, "col={column},endColumn={},", end_location.column)?;
        }
        writeln!(out, "title={title}::{}", data(message))?;
    }
    Ok(())
}

/// The text of a message, escaped as actions/toolkit does.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The value of a property, in which separators are escaped as well.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escaped() {
        assert_eq!(data("100%: a,\nb"), "100%25: a,%0Ab");
        assert_eq!(property("c:a,b%"), "c%3Aa%2Cb%25");
    }
}

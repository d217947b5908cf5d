//! `--format gcc` and the lines of a checker run by kbuild: one finding, one line.

use std::io::{self, Write};

use rculint_rules::diagnostic::Diagnostic;

use crate::report::Report;

/// Writes `file:line:column: level: message [code]` lines, as compilers do.
///
/// # Errors
/// Those of the writer.
pub fn gcc(out: &mut dyn Write, report: &Report) -> io::Result<()> {
    for diagnostic in report.diagnostics() {
        one(out, diagnostic)?;
    }
    Ok(())
}

/// The line of one finding.
pub(super) fn one(out: &mut dyn Write, diagnostic: &Diagnostic) -> io::Result<()> {
    line(out, diagnostic, diagnostic.severity.as_str())
}

/// Writes what sparse would: every finding is a warning, whatever its level, with `prefix` before
/// that word.
///
/// # Errors
/// Those of the writer.
pub fn kbuild(out: &mut dyn Write, report: &Report, prefix: &str) -> io::Result<()> {
    for diagnostic in report.diagnostics() {
        line(out, diagnostic, &format!("{prefix}warning"))?;
    }
    Ok(())
}

fn line(out: &mut dyn Write, diagnostic: &Diagnostic, level: &str) -> io::Result<()> {
    let Diagnostic { filename, location, message, code, .. } = diagnostic;
    writeln!(out, "{filename}:{}:{}: {level}: {message} [{code}]", location.row, location.column)
}

//! `--format concise`: a line a finding, for people who look at many.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use rculint_rules::diagnostic::{Diagnostic, Severity};

use crate::report::Report;

/// Writes `file:line:column: CODE message` lines. The colour of the code tells the level.
///
/// # Errors
/// Those of the writer.
pub fn concise(out: &mut dyn Write, report: &Report, colors: bool) -> io::Result<()> {
    for diagnostic in report.diagnostics() {
        let Diagnostic { filename, location, message, code, severity, .. } = diagnostic;
        let (file, level) = if colors {
            (Style::new().bold(), color(*severity).on_default().bold())
        } else {
            Default::default()
        };
        let (row, column) = (location.row, location.column);
        writeln!(out, "{file}{filename}{file:#}:{row}:{column}: {level}{code}{level:#} {message}")?;
    }
    Ok(())
}

/// As in the human format.
fn color(severity: Severity) -> AnsiColor {
    match severity {
        Severity::Error => AnsiColor::BrightRed,
        Severity::Warning => AnsiColor::BrightYellow,
        Severity::Note => AnsiColor::BrightGreen,
    }
}

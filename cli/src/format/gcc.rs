//! `--format gcc` and the lines of a checker run by kbuild: one finding, one line.

use std::io::{self, Write};

use rculint_rules::diagnostic::Diagnostic;

/// Writes `file:line:column: level: message [code]` lines, as compilers do.
///
/// # Errors
/// Those of the writer.
pub fn gcc<'a>(
    out: &mut dyn Write,
    diagnostics: impl Iterator<Item = &'a Diagnostic>,
) -> io::Result<()> {
    for diagnostic in diagnostics {
        line(out, diagnostic, diagnostic.severity.as_str())?;
    }
    Ok(())
}

/// Writes what sparse would: every finding is a warning, whatever its level.
///
/// # Errors
/// Those of the writer.
pub fn kbuild<'a>(
    out: &mut dyn Write,
    diagnostics: impl Iterator<Item = &'a Diagnostic>,
) -> io::Result<()> {
    for diagnostic in diagnostics {
        line(out, diagnostic, "warning")?;
    }
    Ok(())
}

fn line(out: &mut dyn Write, diagnostic: &Diagnostic, level: &str) -> io::Result<()> {
    let Diagnostic { filename, location, message, code, .. } = diagnostic;
    writeln!(out, "{filename}:{}:{}: {level}: {message} [{code}]", location.row, location.column)
}

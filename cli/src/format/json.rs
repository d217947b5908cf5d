//! `--format json` and `--format json-lines`.

use std::io::{self, Write};

use crate::report::Report;

/// Writes one array, one finding a line, so that line tools and diffs can work on it.
///
/// # Errors
/// Those of the writer.
pub fn json(out: &mut dyn Write, report: &Report) -> io::Result<()> {
    let mut open = "[\n";
    for diagnostic in report.diagnostics() {
        out.write_all(open.as_bytes())?;
        serde_json::to_writer(&mut *out, diagnostic)?;
        open = ",\n";
    }
    out.write_all(if open == "[\n" { b"[]\n" } else { b"\n]\n" })
}

/// Writes the objects of the array, a line each, and nothing around them.
///
/// # Errors
/// Those of the writer.
pub fn json_lines(out: &mut dyn Write, report: &Report) -> io::Result<()> {
    for diagnostic in report.diagnostics() {
        serde_json::to_writer(&mut *out, diagnostic)?;
        writeln!(out)?;
    }
    Ok(())
}

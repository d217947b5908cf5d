//! `--format json`.

use std::io::{self, Write};

use rculint_rules::diagnostic::Diagnostic;

/// Writes one array, one finding a line, so that line tools and diffs can work on it.
///
/// # Errors
/// Those of the writer.
pub fn json<'a>(
    out: &mut dyn Write,
    diagnostics: impl Iterator<Item = &'a Diagnostic>,
) -> io::Result<()> {
    let mut open = "[\n";
    for diagnostic in diagnostics {
        out.write_all(open.as_bytes())?;
        serde_json::to_writer(&mut *out, diagnostic)?;
        open = ",\n";
    }
    out.write_all(if open == "[\n" { b"[]\n" } else { b"\n]\n" })
}

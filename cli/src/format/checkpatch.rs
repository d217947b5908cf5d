//! `--format checkpatch`: what `scripts/checkpatch.pl --terse --showfile --show-types` prints.

use std::io::{self, Write};

use rculint_rules::diagnostic::Severity;

use crate::report::Report;

/// Writes `file:line: LEVEL:TYPE: message` lines; the type is the code. Notes are `CHECK`, as what
/// checkpatch says only with `--strict`.
///
/// b4 runs such a command on each patch (`b4.prep-perpatch-check-cmd`): a line on standard output
/// with `ERROR:` in it fails the patch, any other warns, and so does anything on standard error;
/// with no output the exit status decides (`LoreMessage.run_local_check()` in b4 0.16). So there is
/// no summary, and nothing at all is printed when all is well.
///
/// # Errors
/// Those of the writer.
pub fn checkpatch(out: &mut dyn Write, report: &Report) -> io::Result<()> {
    for finding in &report.findings {
        let found = &finding.diagnostic;
        let level = match found.severity {
            Severity::Error => "ERROR",
            Severity::Warning => "WARNING",
            Severity::Note => "CHECK",
        };
        let (file, row) = (&finding.tree_path, found.location.row);
        writeln!(out, "{file}:{row}: {level}:{}: {}", found.code, found.message)?;
    }
    Ok(())
}

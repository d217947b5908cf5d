//! Messages to the user, on stderr.

use std::io::Write;

/// Writes a line to stderr. A closed stderr is no reason to stop, nor to panic.
pub(crate) fn say(line: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}

/// "1 error", "2 errors".
pub(crate) fn count(number: usize, thing: &str) -> String {
    if number == 1 { format!("1 {thing}") } else { format!("{number} {thing}s") }
}

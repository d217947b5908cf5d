//! Files and regions in SARIF.

use std::path::Path;

use rculint_rules::diagnostic::{Diagnostic, Edit, Location, Related};
use serde_json::{Value, json};

use super::super::sources::Sources;
use crate::report::Report;

/// What relative file names are relative to (3.4.4). GitHub takes the repository's top.
pub(super) const TOP: &str = "%SRCROOT%";

/// Tells places. Our columns count bytes and SARIF's letters, so lines are read again.
pub(super) struct Places<'a> {
    report: &'a Report,
    sources: Sources,
}

impl Places<'_> {
    pub fn new(report: &Report) -> Places<'_> {
        Places { report, sources: Sources::default() }
    }

    /// Where a finding is.
    pub fn physical(&mut self, found: &Diagnostic) -> Value {
        json!({
            "artifactLocation": self.artifact(&found.path, &found.filename),
            "region": self.region(&found.path, found.location, found.end_location),
        })
    }

    /// Where another place is. Its end is not known as a row and column.
    pub fn of_related(&mut self, place: &Related) -> Value {
        let (row, column) = self.position(&place.path, place.location);
        json!({
            "artifactLocation": self.artifact(&place.path, &place.filename),
            "region": { "startLine": row, "startColumn": column },
        })
    }

    /// What an edit replaces.
    pub fn region_of_edit(&mut self, edit: &Edit) -> Value {
        self.region(&edit.path, edit.location, edit.end_location)
    }

    /// The name of a file (3.4); a file that no top is above has its own.
    pub fn artifact(&self, path: &Path, filename: &str) -> Value {
        let name = self.report.tree_path(path, filename);
        if name.starts_with(['/', '.']) {
            json!({ "uri": format!("file://{}", escaped(&path.to_string_lossy())) })
        } else {
            json!({ "uri": escaped(&name), "uriBaseId": TOP })
        }
    }

    /// A region (3.30); the end is exclusive, as ours is.
    fn region(&mut self, path: &Path, start: Location, end: Location) -> Value {
        let (start_line, start_column) = self.position(path, start);
        let (end_line, end_column) = self.position(path, end);
        json!({
            "startLine": start_line, "startColumn": start_column,
            "endLine": end_line, "endColumn": end_column,
        })
    }

    /// Row and column in letters; in bytes if the file cannot be read any more.
    fn position(&mut self, path: &Path, location: Location) -> (u32, usize) {
        self.sources.trim();
        let Location { row, column } = location;
        let bytes = column as usize - 1;
        let before = self.sources.load(path, "").and_then(|file| {
            let line = self.sources.line(file, row as usize - 1)?;
            Some(line.get(..bytes)?.chars().count())
        });
        (row, before.unwrap_or(bytes) + 1)
    }
}

/// A path as part of a URI (RFC 3986): all but unreserved letters and slashes are escaped.
fn escaped(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                out.push(byte as char)
            }
            _ => out += &format!("%{byte:02X}"),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    #[test]
    fn uris() {
        assert_eq!(super::escaped("a b/c%d:\u{e9}.h"), "a%20b/c%25d%3A%C3%A9.h");
    }
}

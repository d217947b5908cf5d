//! `--statistics`: what was found, read and not understood.

use std::collections::BTreeMap;
use std::fmt::Write;

use rculint_analyzer::facts::Gap;
use rculint_analyzer::text::SourceFile;
use rculint_rules::diagnostic::{Diagnostic, Severity};
use rculint_rules::registry;
use serde::{Deserialize, Serialize};

use crate::check::Checked;
use crate::console::count;

/// So many reasons are listed, unless more are asked for.
const LISTED: usize = 20;

/// A gap with its position, for people.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Located {
    /// The file, as reports name it.
    pub filename: String,
    /// Row, from 1.
    pub row: u32,
    /// Column in bytes, from 1.
    pub column: u32,
    /// The function around it.
    pub function: Option<String>,
    /// What could not be read or typed.
    pub reason: String,
}

impl Located {
    /// Finds the position of a gap.
    pub fn new(shown: &str, source: &SourceFile, gap: &Gap) -> Located {
        let position = source.position(gap.span.start);
        Located {
            filename: shown.to_owned(),
            row: position.row,
            column: position.column,
            function: gap.function.clone(),
            reason: gap.reason.clone(),
        }
    }

    /// `file:row: function: reason`.
    pub fn line(&self) -> String {
        let Located { filename, row, function, reason, .. } = self;
        match function {
            Some(function) => format!("{filename}:{row}: {function}: {reason}"),
            None => format!("{filename}:{row}: {reason}"),
        }
    }
}

/// What was read, over all files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Counts {
    /// Files checked.
    pub files: usize,
    /// Files that could not be read.
    pub skipped: usize,
    /// Top-level items.
    pub items: usize,
    /// Items parsed; the rest use no RCU name.
    pub parsed: usize,
    /// Places that could not be parsed.
    pub broken: usize,
    /// Lvalues whose type could not be told.
    pub untyped: usize,
    /// Of the files, those of Rust; `None` if there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rust: Option<RustCounts>,
}

/// What was read of Rust.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RustCounts {
    /// Files checked.
    pub files: usize,
    /// Files that could not be parsed.
    pub unparsed: usize,
    /// Functions and modules left out because they are for tests alone.
    pub tests: usize,
    /// Definitions of macros, and calls that stand for items, whose text is not looked at.
    pub macros: usize,
}

/// Counts over all files, and what they are about.
#[derive(Debug, Default)]
pub(crate) struct Statistics {
    /// What was read.
    pub counts: Counts,
    found: BTreeMap<&'static str, [usize; 3]>,
    gaps: Vec<Located>,
}

impl Statistics {
    /// Nothing counted yet but the files that could not be read.
    pub fn new(skipped: usize) -> Statistics {
        Statistics { counts: Counts { skipped, ..Counts::default() }, ..Statistics::default() }
    }

    /// Adds a file.
    pub fn add(&mut self, checked: &Checked) {
        self.counts.files += 1;
        self.counts.items += checked.statistics.items;
        self.counts.parsed += checked.statistics.parsed;
        self.counts.broken += checked.statistics.broken.len();
        self.counts.untyped += checked.statistics.untyped.len();
        if let Some(one) = checked.rust {
            let counts = self.counts.rust.get_or_insert_default();
            counts.files += 1;
            counts.unparsed += usize::from(!one.parsed);
            counts.tests += one.tests;
            counts.macros += one.macros;
        }
        self.gaps.extend_from_slice(&checked.gaps);
    }

    /// Counts the findings of all files.
    pub fn count<'a>(&mut self, diagnostics: impl Iterator<Item = &'a Diagnostic>) {
        for diagnostic in diagnostics {
            let level = match diagnostic.severity {
                Severity::Error => 0,
                Severity::Warning => 1,
                Severity::Note => 2,
            };
            self.found.entry(diagnostic.code).or_default()[level] += 1;
        }
    }

    /// The lines for people; `all` lists every gap instead of the most frequent reasons.
    pub fn render(&self, all: bool) -> String {
        let mut out = String::from("findings:\n");
        for rule in registry::RULES {
            let [errors, warnings, notes] = self.found.get(rule.code).copied().unwrap_or_default();
            let parts = [count(errors, "error"), count(warnings, "warning"), count(notes, "note")]
                .join(", ");
            let total = errors + warnings + notes;
            let _ = writeln!(out, "  {} {}: {total} ({parts})", rule.code, rule.name);
        }
        let Counts { files, skipped, items, parsed, broken, untyped, rust } = self.counts;
        let _ = writeln!(out, "files: {files} checked, {skipped} not readable");
        let _ = writeln!(out, "items: {items} found, {parsed} parsed, the rest use no RCU name");
        if let Some(RustCounts { files, unparsed, tests, macros }) = rust {
            let _ = writeln!(
                out,
                "Rust: {}, {unparsed} not parsed; left out: {tests} for tests, {}",
                count(files, "file"),
                count(macros, "macro"),
            );
        }
        let _ = writeln!(out, "not understood: {broken} places, {untyped} lvalues without a type");
        if all {
            for gap in &self.gaps {
                let _ = writeln!(out, "  {}", gap.line());
            }
        } else {
            let reasons = by_reason(&self.gaps);
            for (reason, number) in reasons.iter().take(LISTED) {
                let _ = writeln!(out, "  {number} x {reason}");
            }
            if reasons.len() > LISTED {
                let _ = writeln!(
                    out,
                    "  and {} more (-v lists every place)",
                    count(reasons.len() - LISTED, "reason")
                );
            }
        }
        out
    }
}

/// How often each reason occurs, the most frequent first.
pub(crate) fn by_reason(gaps: &[Located]) -> Vec<(&str, usize)> {
    let mut counts = BTreeMap::new();
    for gap in gaps {
        *counts.entry(gap.reason.as_str()).or_insert(0) += 1;
    }
    let mut sorted: Vec<_> = counts.into_iter().collect();
    // The sort is stable: equal counts stay in the order of their text.
    sorted.sort_by_key(|&(_, number)| std::cmp::Reverse(number));
    sorted
}

#[cfg(test)]
mod tests {
    use rculint_analyzer::facts::FileStatistics;
    use rculint_analyzer::text::Span;

    use super::*;

    #[test]
    fn rendered() {
        let source = SourceFile::new(b"a\nbb\nc\n".to_vec());
        let gap = |at, function: Option<&str>, reason: &str| {
            let function = function.map(str::to_owned);
            Gap { span: Span::new(at, at + 1), function, reason: reason.to_owned() }
        };
        let broken = vec![gap(0, None, "not C")];
        let untyped = vec![gap(3, Some("f"), "no struct x"), gap(5, Some("g"), "no struct x")];
        let gaps: Vec<_> = broken
            .iter()
            .chain(&untyped)
            .map(|gap| Located::new("net/a.c", &source, gap))
            .collect();
        let mut statistics = Statistics::new(1);
        statistics.add(&Checked {
            statistics: FileStatistics {
                items: 9,
                parsed: 4,
                broken,
                untyped,
                ..FileStatistics::default()
            },
            gaps,
            ..Checked::default()
        });
        insta::assert_snapshot!(statistics.render(false));
        insta::assert_snapshot!(statistics.render(true));
    }
}

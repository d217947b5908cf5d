//! `--format markdown`: for the summary of a job, a comment on a change, a mail.

use std::collections::BTreeMap;
use std::io::{self, Write};

use rculint_rules::diagnostic::{Diagnostic, Severity};

use super::Run;
use crate::console::count;
use crate::report::{Finding, Report};

/// Writes a table of counts a rule, and one of the findings with their steps.
///
/// # Errors
/// Those of the writer.
pub fn markdown(out: &mut dyn Write, report: &Report, run: &Run) -> io::Result<()> {
    let files = count(run.counts.files, "file");
    writeln!(out, "## rculint: {} in {files}\n", count(report.findings.len(), "finding"))?;
    for problem in &run.problems {
        writeln!(out, "- {}", escaped(problem))?;
    }
    if !run.problems.is_empty() {
        writeln!(out)?;
    }
    if report.findings.is_empty() {
        return Ok(());
    }
    let mut rules: BTreeMap<(&str, &str), [usize; 3]> = BTreeMap::new();
    for found in report.diagnostics() {
        let at = match found.severity {
            Severity::Error => 0,
            Severity::Warning => 1,
            Severity::Note => 2,
        };
        rules.entry((found.code, found.name)).or_default()[at] += 1;
    }
    writeln!(out, "| Rule | Errors | Warnings | Notes |\n| --- | ---: | ---: | ---: |")?;
    for ((code, name), [errors, warnings, notes]) in rules {
        writeln!(out, "| {code} {name} | {errors} | {warnings} | {notes} |")?;
    }
    writeln!(out, "\n| Where | Level | Rule | What |\n| --- | --- | --- | --- |")?;
    for finding in &report.findings {
        let Diagnostic { code, severity, message, location, function, .. } = &finding.diagnostic;
        let mut place = place(&finding.tree_path, location.row);
        if let Some(function) = function {
            place += &format!(" in `{function}()`");
        }
        let steps = steps(report, finding);
        writeln!(out, "| {place} | {severity} | {code} | {}{steps} |", escaped(message))?;
    }
    Ok(())
}

/// A place, as code: file names have underscores.
fn place(file: &str, row: u32) -> String {
    escaped(&format!("`{file}:{row}`"))
}

/// The story of a finding; a cell of a table has no list.
fn steps(report: &Report, finding: &Finding) -> String {
    let mut text = String::new();
    for (number, step) in (1..).zip(&finding.diagnostic.steps) {
        let file = report.tree_path(&step.path, &step.filename);
        let place = place(&file, step.location.row);
        text += &format!("<br>{number}. {place}: {}", escaped(&step.message));
    }
    text
}

/// Text for a cell of a table: what has a meaning is escaped, in code only what ends the cell.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut code = false;
    for letter in text.chars() {
        // Within a word an underscore is one.
        let within = letter == '_' && out.ends_with(char::is_alphanumeric);
        match letter {
            '`' => code = !code,
            '|' => out.push('\\'),
            '\\' | '*' | '_' | '[' | ']' | '<' | '&' | '~' if !code && !within => out.push('\\'),
            _ => {}
        }
        out.push(letter);
    }
    out
}

#[cfg(test)]
mod tests {
    #[test]
    fn escaped() {
        let text = super::escaped("plain load of `a[b]->__c | d`, an __rcu pointer; f_g(&lock)");
        assert_eq!(text, r"plain load of `a[b]->__c \| d`, an \_\_rcu pointer; f_g(\&lock)");
    }
}

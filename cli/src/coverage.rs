//! `rculint coverage`.

use std::io::{self, BufWriter, Write};

use serde::Serialize;

use crate::args::{Coverage, CoverageFormat};
use crate::config::{Given, Settings};
use crate::console::say;
use crate::engine;
use crate::run::Outcome;
use crate::statistics::{Located, by_reason};
use crate::{CLEAN, TROUBLE};

/// What was understood of the functions that use RCU.
#[derive(Debug, Default)]
struct Report {
    functions: usize,
    understood: usize,
    failures: Vec<Located>,
}

impl Report {
    /// The share, cut (not rounded) to four digits, so that 1 means all. No function is all.
    fn share(&self) -> f64 {
        match (self.understood * 10_000).checked_div(self.functions) {
            Some(share) => share as f64 / 10_000.0,
            None => 1.0,
        }
    }
}

/// Runs the command.
pub(crate) fn run(options: &Coverage) -> Outcome {
    let settings = Settings::load(&options.reading, Given::default())?;
    let plan = settings.plan()?;
    let files = engine::disk(&plan);
    let results = engine::run(plan, &files, &settings.reading, |workspace, index| {
        let coverage = workspace.coverage(index)?;
        let mut failures = Vec::new();
        if !coverage.failures.is_empty() {
            let input = &workspace.inputs()[index];
            let source = engine::source(files.as_ref(), input)?;
            failures.extend(
                coverage.failures.iter().map(|gap| Located::new(&input.shown, &source, gap)),
            );
        }
        Ok((coverage.functions, coverage.understood, failures))
    })?;
    let mut report = Report::default();
    for (_, (functions, understood, failures)) in results.files {
        report.functions += functions;
        report.understood += understood;
        report.failures.extend(failures);
    }
    let mut out = BufWriter::new(io::stdout().lock());
    match options.format {
        CoverageFormat::Human => human(&mut out, &report, options.summary)?,
        CoverageFormat::Json => json(&mut out, &report, options.summary)?,
    }
    out.flush()?;
    for problem in &results.problems {
        say(problem);
    }
    Ok(if results.problems.is_empty() { CLEAN } else { TROUBLE })
}

fn human(out: &mut dyn Write, report: &Report, summary: bool) -> io::Result<()> {
    writeln!(out, "functions that use RCU: {}", report.functions)?;
    writeln!(out, "understood: {}", report.understood)?;
    writeln!(out, "share: {:.4}", report.share())?;
    if summary {
        for (reason, number) in by_reason(&report.failures) {
            writeln!(out, "{number} x {reason}")?;
        }
    } else {
        for failure in &report.failures {
            writeln!(out, "{}", failure.line())?;
        }
    }
    Ok(())
}

#[derive(Serialize)]
struct Object<'a> {
    functions: usize,
    understood: usize,
    share: f64,
    reasons: Vec<Reason<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failures: Option<Vec<Failure<'a>>>,
}

#[derive(Serialize)]
struct Reason<'a> {
    reason: &'a str,
    count: usize,
}

#[derive(Serialize)]
struct Failure<'a> {
    filename: &'a str,
    location: Place,
    function: Option<&'a str>,
    reason: &'a str,
}

#[derive(Serialize)]
struct Place {
    row: u32,
    column: u32,
}

fn json(out: &mut dyn Write, report: &Report, summary: bool) -> io::Result<()> {
    let failures = report.failures.iter().map(|failure| Failure {
        filename: &failure.filename,
        location: Place { row: failure.row, column: failure.column },
        function: failure.function.as_deref(),
        reason: &failure.reason,
    });
    let object = Object {
        functions: report.functions,
        understood: report.understood,
        share: report.share(),
        reasons: by_reason(&report.failures)
            .into_iter()
            .map(|(reason, count)| Reason { reason, count })
            .collect(),
        failures: (!summary).then(|| failures.collect()),
    };
    serde_json::to_writer_pretty(&mut *out, &object)?;
    writeln!(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report() -> Report {
        let failure = |row, function: Option<&str>, reason: &str| Located {
            filename: "net/a.c".to_owned(),
            row,
            column: 2,
            function: function.map(str::to_owned),
            reason: reason.to_owned(),
        };
        Report {
            functions: 30_000,
            understood: 29_999,
            failures: vec![failure(3, Some("f"), "no struct x"), failure(9, None, "not C")],
        }
    }

    #[test]
    fn shares_are_cut() {
        assert!((report().share() - 0.9999).abs() < 1e-9);
        assert!((Report::default().share() - 1.0).abs() < 1e-9);
    }

    #[test]
    fn rendered() {
        let mut out = Vec::new();
        for summary in [false, true] {
            human(&mut out, &report(), summary).unwrap();
            json(&mut out, &report(), summary).unwrap();
        }
        insta::assert_snapshot!(String::from_utf8(out).unwrap());
    }
}

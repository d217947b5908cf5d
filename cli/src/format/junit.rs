//! `--format junit`: findings as test cases, for services that only know tests.

use std::io::{self, Write};

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};
use rculint_rules::diagnostic::{Diagnostic, Severity};

use super::Run;
use crate::console::count;
use crate::report::{Finding, Report};

/// Writes a suite a file and a case a finding. What makes the run fail is a failure, what lies below
/// that level is skipped, and what could not be read is an error. Services take a file without
/// cases for a broken one: a run without findings has one case, which passes.
///
/// The names of cases hold no lines, by which services tell a new failure from an old one, but the
/// start of the fingerprint, as they take cases of one name for one.
///
/// # Errors
/// Those of the writer.
pub fn junit(out: &mut dyn Write, report: &Report, run: &Run) -> io::Result<()> {
    let mut xml = Writer::new_with_indent(out, b' ', 2);
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let whole = xml.create_element("testsuites").with_attribute(("name", "rculint"));
    let total = Totals::new(&report.findings, run);
    let whole = total.tell(whole);
    whole.write_inner_content(|xml| {
        for suite in report.findings.chunk_by(|a, b| a.tree_path == b.tree_path) {
            let name = ("name", suite[0].tree_path.as_str());
            let totals = Totals { errors: 0, ..Totals::new(suite, run) };
            totals.tell(xml.create_element("testsuite").with_attribute(name)).write_inner_content(
                |xml| suite.iter().try_for_each(|finding| case(xml, finding, run.fail)),
            )?;
        }
        if report.findings.is_empty() || !run.problems.is_empty() {
            reading(xml, report.findings.is_empty(), run)?;
        }
        Ok(())
    })?;
    writeln!(xml.into_inner())
}

/// How many cases there are of each kind.
struct Totals {
    passed: usize,
    failures: usize,
    skipped: usize,
    errors: usize,
}

impl Totals {
    fn new(findings: &[Finding], run: &Run) -> Totals {
        let fails = |finding: &&Finding| finding.diagnostic.severity >= run.fail;
        let failures = findings.iter().filter(fails).count();
        Totals {
            passed: usize::from(findings.is_empty()),
            failures,
            skipped: findings.len() - failures,
            errors: run.problems.len(),
        }
    }

    fn tell<'a, W: Write>(
        &self,
        element: quick_xml::writer::ElementWriter<'a, W>,
    ) -> quick_xml::writer::ElementWriter<'a, W> {
        let Totals { passed, failures, skipped, errors } = *self;
        let all = passed + failures + skipped + errors;
        [("tests", all), ("failures", failures), ("errors", errors), ("skipped", skipped)]
            .into_iter()
            .fold(element, |element, (name, number)| {
                element.with_attribute((name, number.to_string().as_str()))
            })
    }
}

/// The case of one finding.
fn case<W: Write>(xml: &mut Writer<W>, finding: &Finding, fail: Severity) -> io::Result<()> {
    let Diagnostic { code, name, severity, message, function, location, .. } = &finding.diagnostic;
    let within = function.as_ref().map(|function| format!(" in {function}()")).unwrap_or_default();
    let number = &finding.fingerprint.as_str()[..8];
    let title = format!("{code} {name}{within} ({number})");
    let file = finding.tree_path.as_str();
    let row = location.row.to_string();
    let message = printable(message);
    let text = format!("{file}:{row}:{}: {severity}: {message}", location.column);
    xml.create_element("testcase")
        .with_attributes([("classname", file), ("name", &title), ("file", file), ("line", &row)])
        .write_inner_content(|xml| {
            let message = ("message", message.as_str());
            if *severity >= fail {
                let failure = xml.create_element("failure").with_attribute(message);
                let failure = failure.with_attribute(("type", severity.as_str()));
                failure.write_text_content(BytesText::new(&text))?;
            } else {
                xml.create_element("skipped").with_attribute(message).write_empty()?;
            }
            Ok(())
        })?;
    Ok(())
}

/// The suite of the reading: what could not be read, or that nothing was found.
fn reading<W: Write>(xml: &mut Writer<W>, clean: bool, run: &Run) -> io::Result<()> {
    let totals =
        Totals { passed: usize::from(clean), failures: 0, skipped: 0, errors: run.problems.len() };
    let suite = totals.tell(xml.create_element("testsuite").with_attribute(("name", "rculint")));
    suite.write_inner_content(|xml| {
        if clean {
            let name = format!("no findings in {}", count(run.counts.files, "file"));
            xml.create_element("testcase")
                .with_attributes([("classname", "rculint"), ("name", &name)])
                .write_empty()?;
        }
        for problem in &run.problems {
            let problem = printable(problem);
            xml.create_element("testcase")
                .with_attributes([("classname", "rculint"), ("name", problem.as_str())])
                .write_inner_content(|xml| {
                    let error = xml.create_element("error");
                    error.with_attribute(("message", problem.as_str())).write_empty()?;
                    Ok(())
                })?;
        }
        Ok(())
    })?;
    Ok(())
}

/// XML has no way to write most control characters.
fn printable(text: &str) -> String {
    text.replace(|letter: char| letter.is_control(), " ")
}

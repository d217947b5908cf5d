//! `--format sarif`: SARIF 2.1.0, for code scanning and viewers.
//!
//! The section numbers are those of the OASIS standard; what GitHub takes of it is told in its
//! documentation under "SARIF support for code scanning".

mod places;
mod rules;

use std::collections::BTreeMap;
use std::io::{self, Write};

use rculint_rules::diagnostic::{Applicability, Diagnostic, Edit, Fix, Related};
use rculint_rules::suppression::{By, Suppressed};
use serde_json::{Value, json};

use self::places::Places;
use super::Run;
use crate::report::{Finding, Report};

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// So many related places are linked from the message; GitHub shows no others.
const LINKED: usize = 3;

/// Writes one run with all findings, notes as well: viewers filter by level.
///
/// The run has no `automationDetails`: uploads give it a category, one a configuration.
///
/// # Errors
/// Those of the writer.
pub fn sarif(out: &mut dyn Write, report: &Report, run: &Run) -> io::Result<()> {
    let rules = rules::of(report);
    let mut places = Places::new(report, run.files.clone());
    let mut results: Vec<_> =
        report.findings.iter().map(|finding| result(finding, &rules, &mut places)).collect();
    if !report.suppressed.is_empty() {
        // All results have the property, or none (3.27.23).
        results.iter_mut().for_each(|result| result["suppressions"] = json!([]));
        results.extend(report.suppressed.iter().map(|(finding, why)| {
            let mut result = result(finding, &rules, &mut places);
            result["suppressions"] = json!([suppression(why)]);
            result
        }));
    }
    let notifications: Vec<_> = run
        .problems
        .iter()
        .map(|problem| json!({ "level": "error", "message": { "text": problem } }))
        .collect();
    let log = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "rculint",
                "version": env!("CARGO_PKG_VERSION"),
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "informationUri": env!("CARGO_PKG_REPOSITORY"),
                "rules": rules.iter().map(|rule| rules::descriptor(rule)).collect::<Vec<_>>(),
            } },
            "invocations": [{
                "executionSuccessful": run.problems.is_empty(),
                "toolExecutionNotifications": notifications,
            }],
            "originalUriBaseIds": { places::TOP: {
                "description": { "text": "The top of the kernel tree" },
            } },
            "columnKind": "unicodeCodePoints",
            "properties": { "statistics": run.counts },
            "results": results,
        }],
    });
    serde_json::to_writer_pretty(&mut *out, &log)?;
    writeln!(out)
}

/// A finding (3.27). The fingerprint has a name of its own: `primaryLocationLineHash` is what the
/// upload computes, and complains of if it is there and another.
fn result(
    finding: &Finding,
    rules: &[&'static rculint_rules::Rule],
    places: &mut Places<'_>,
) -> Value {
    let found = &finding.diagnostic;
    let mut own = json!({ "physicalLocation": places.physical(found) });
    if let Some(function) = &found.function {
        own["logicalLocations"] = json!([{ "name": function, "kind": "function" }]);
    }
    let mut result = json!({
        "ruleId": found.code,
        "ruleIndex": rules.iter().position(|rule| rule.code == found.code),
        "level": found.severity.as_str(),
        "message": { "text": message(found) },
        "locations": [own],
        "partialFingerprints": { "rculint/v1": finding.fingerprint },
    });
    if !found.related.is_empty() {
        let related = (1..).zip(&found.related).map(|(id, place)| {
            let mut location = location(place, places);
            location["id"] = json!(id);
            location
        });
        result["relatedLocations"] = related.collect();
    }
    if !found.steps.is_empty() {
        let steps: Vec<_> =
            found.steps.iter().map(|step| json!({ "location": location(step, places) })).collect();
        result["codeFlows"] = json!([{ "threadFlows": [{ "locations": steps }] }]);
    }
    let offered = |fix: &&Fix| fix.applicability > Applicability::DisplayOnly;
    if let Some(fix) = found.fix.as_ref().filter(offered) {
        result["fixes"] = json!([changes(fix, places)]);
    }
    result
}

/// Why a finding does not count (3.35).
fn suppression(why: &Suppressed) -> Value {
    let kind = match why.by {
        By::Comment => "inSource",
        By::Configuration => "external",
    };
    match why.reason.as_str() {
        "" => json!({ "kind": kind }),
        reason => json!({ "kind": kind, "justification": reason }),
    }
}

/// The message with links to related places by their ids (3.11.6).
fn message(found: &Diagnostic) -> String {
    let mut text = found.message.clone();
    for (id, place) in (1..).zip(&found.related).take(LINKED) {
        let words = place.message.replace('[', "\\[").replace(']', "\\]");
        text += &format!("\n[{words}]({id})");
    }
    text
}

/// Another place, with what is there (3.28).
fn location(place: &Related, places: &mut Places<'_>) -> Value {
    json!({ "physicalLocation": places.of_related(place), "message": { "text": place.message } })
}

/// A fix (3.55): the edits of each file together.
fn changes(fix: &Fix, places: &mut Places<'_>) -> Value {
    let mut files: BTreeMap<_, Vec<&Edit>> = BTreeMap::new();
    for edit in &fix.edits {
        files.entry(&edit.path).or_default().push(edit);
    }
    let changes: Vec<_> = files
        .into_values()
        .map(|edits| {
            let replacements: Vec<_> = edits
                .iter()
                .map(|edit| {
                    json!({
                        "deletedRegion": places.region_of_edit(edit),
                        "insertedContent": { "text": edit.content },
                    })
                })
                .collect();
            json!({
                "artifactLocation": places.artifact(&edits[0].path, &edits[0].filename),
                "replacements": replacements,
            })
        })
        .collect();
    json!({
        "description": { "text": fix.message },
        "artifactChanges": changes,
        "properties": { "applicability": fix.applicability },
    })
}

//! The rules of a SARIF run.

use rculint_rules::diagnostic::Severity;
use rculint_rules::{Precision, Rule, docs, registry};
use serde_json::{Value, json};

use crate::report::Report;

/// GitHub refuses descriptions that are longer.
const LONGEST: usize = 1024;

/// The rules that found something, by code.
pub(super) fn of(report: &Report) -> Vec<&'static Rule> {
    let suppressed = report.suppressed.iter().map(|(finding, _)| &finding.diagnostic);
    let all = report.diagnostics().chain(suppressed);
    let found = |rule: &&'static Rule| all.clone().any(|one| one.code == rule.code);
    registry::RULES.iter().copied().filter(found).collect()
}

/// A `reportingDescriptor` (3.49), with the properties that GitHub reads.
pub(super) fn descriptor(rule: &Rule) -> Value {
    let help = docs::explain(rule);
    json!({
        "id": rule.code,
        "name": rule.name,
        "shortDescription": { "text": rule.summary },
        "fullDescription": { "text": shortened(rule.docs.finds) },
        "help": { "text": help, "markdown": help },
        "defaultConfiguration": { "level": rule.severity.as_str() },
        "properties": {
            "tags": ["rcu", "linux-kernel"],
            "precision": precision(rule),
            "problem.severity": match rule.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
                Severity::Note => "recommendation",
            },
        },
    })
}

/// GitHub's word for how many findings are right. Those of annotation state a fact of the types.
fn precision(rule: &Rule) -> &'static str {
    match rule.precision {
        None => "very-high",
        Some(Precision { read: 0, .. }) => "low",
        Some(_) if rule.is_preview() => "medium",
        Some(_) => "high",
    }
}

/// The text, cut between words if it is too long.
fn shortened(text: &str) -> String {
    if text.chars().count() <= LONGEST {
        return text.to_owned();
    }
    let cut: String = text.chars().take(LONGEST - 4).collect();
    let whole = cut.rsplit_once(char::is_whitespace).map_or(cut.as_str(), |(whole, _)| whole);
    format!("{whole} ...")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptions_are_as_long_as_github_takes() {
        for rule in registry::RULES {
            assert!(rule.summary.chars().count() <= LONGEST);
            assert!(shortened(rule.docs.finds).chars().count() <= LONGEST, "{}", rule.code);
        }
        let long = "word ".repeat(300);
        assert!(shortened(&long).ends_with("word ..."));
        assert_eq!(shortened("short"), "short");
    }
}

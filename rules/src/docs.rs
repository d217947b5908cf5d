//! Documentation made from the rules: the text of `explain` and the table in README.md.

use std::fmt::Write;

use crate::registry;
use crate::rule::Rule;

/// A rule's documentation as Markdown, under the fixed headings.
pub fn explain(rule: &Rule) -> String {
    let Rule { code: rule_code, name, severity, fix, since, summary, docs, .. } = rule;
    let mut out = format!(
        "# {rule_code} {name}\n\n{summary}\n\nLevel: {severity}. Fix: {}. Since {since}.\n",
        fix.as_str()
    );
    if let Some(precision) = rule.precision {
        let _ = writeln!(out, "Right on untouched kernels: {precision}.");
    }
    if rule.is_preview() {
        out.push_str("A preview rule: off unless selected.\n");
    }
    let language = if rule.is_of_rust() { "rust" } else { "c" };
    let code = |text: &str| format!("```{language}\n{}\n```", text.trim_matches('\n'));
    for (heading, text) in [
        ("What it finds", docs.finds.to_owned()),
        ("Why it matters", docs.matters.to_owned()),
        ("Example", code(docs.example)),
        ("Use instead", code(docs.instead)),
        ("Fix safety", docs.fix_safety.to_owned()),
        ("Known limits", docs.limits.to_owned()),
    ] {
        let _ = write!(out, "\n## {heading}\n\n{}\n", text.trim());
    }
    out
}

/// A rule's level for tables; preview rules say so.
pub fn level(rule: &Rule) -> String {
    if rule.is_preview() {
        return format!("{}, preview", rule.severity);
    }
    rule.severity.to_string()
}

/// The table of all rules as Markdown.
pub fn markdown_table() -> String {
    let mut out = String::from(
        "| Code | Name | Level | Fix | Right | What it finds |\n\
         | --- | --- | --- | --- | --- | --- |\n",
    );
    for rule in registry::RULES {
        let Rule { code, name, fix, summary, .. } = rule;
        let fix = fix.as_str();
        let level = level(rule);
        let right = rule.precision.map(|precision| precision.to_string()).unwrap_or_default();
        let _ = writeln!(out, "| {code} | {name} | {level} | {fix} | {right} | {summary} |");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_heading_is_filled() {
        for rule in registry::RULES {
            let docs = &rule.docs;
            for text in
                [docs.finds, docs.matters, docs.example, docs.instead, docs.fix_safety, docs.limits]
            {
                assert!(!text.trim().is_empty(), "{} has an empty heading", rule.code);
            }
            assert!(!rule.summary.contains('|') && !rule.summary.ends_with('.'));
        }
    }

    #[test]
    fn explained() {
        insta::assert_snapshot!(explain(registry::RULES[0]));
    }

    #[test]
    fn table() {
        insta::assert_snapshot!(markdown_table());
    }
}

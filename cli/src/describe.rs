//! `rculint rules` and `rculint explain`.

use std::io::{self, BufWriter, Write};

use rculint_rules::{docs, registry};
use serde::Serialize;

use crate::CLEAN;
use crate::args::ListFormat;
use crate::run::Outcome;

/// Prints a rule's documentation.
pub(crate) fn explain(word: &str) -> Outcome {
    let Some(rule) = registry::find(word.trim()) else {
        let hint = match registry::nearest(word) {
            Some(nearest) => format!("did you mean '{nearest}'?"),
            None => "'rculint rules' lists them".to_owned(),
        };
        return Err(format!("no rule has the code or name '{word}'; {hint}").into());
    };
    let mut out = io::stdout().lock();
    out.write_all(docs::explain(rule).as_bytes())?;
    out.flush()?;
    Ok(CLEAN)
}

#[derive(Serialize)]
struct Entry {
    code: &'static str,
    name: &'static str,
    severity: &'static str,
    preview: bool,
    /// Findings on untouched kernels that were right, and that were read.
    right: Option<[u32; 2]>,
    #[serde(skip)]
    level: String,
    fix: &'static str,
    since: &'static str,
    summary: &'static str,
}

/// Lists the rules.
pub(crate) fn rules(format: ListFormat) -> Outcome {
    let mut out = BufWriter::new(io::stdout().lock());
    let entries: Vec<_> = registry::RULES
        .iter()
        .map(|rule| Entry {
            code: rule.code,
            name: rule.name,
            severity: rule.severity.as_str(),
            preview: rule.is_preview(),
            right: rule.precision.map(|precision| [precision.right, precision.read]),
            level: docs::level(rule),
            fix: rule.fix.as_str(),
            since: rule.since,
            summary: rule.summary,
        })
        .collect();
    match format {
        ListFormat::Markdown => out.write_all(docs::markdown_table().as_bytes())?,
        ListFormat::Json => {
            serde_json::to_writer_pretty(&mut out, &entries).map_err(io::Error::from)?;
            writeln!(out)?;
        }
        ListFormat::Human => {
            let wide = entries.iter().map(|entry| entry.name.len()).max().unwrap_or(0);
            let head = ["CODE", "NAME", "LEVEL", "FIX", "RIGHT"];
            let [code, name, level, fix, right] = head;
            writeln!(out, "{code:<7} {name:<wide$}  {level:<16} {fix:<10} {right:<12} SUMMARY")?;
            for Entry { code, name, level, fix, right, summary, .. } in entries {
                let right = match right {
                    Some([_, 0]) => "not measured".to_owned(),
                    Some([right, read]) => format!("{right} of {read}"),
                    None => "-".to_owned(),
                };
                writeln!(
                    out,
                    "{code:<7} {name:<wide$}  {level:<16} {fix:<10} {right:<12} {summary}"
                )?;
            }
        }
    }
    out.flush()?;
    Ok(CLEAN)
}

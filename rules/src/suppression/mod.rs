//! Findings that someone has looked at and allows: `/* rculint: allow(RCU104) reason */` on the line
//! or above it, `allow-file(RCU104)` for the whole file.

mod read;

use std::path::{Path, PathBuf};

use rculint_analyzer::text::comments::remarks_of;
use rculint_analyzer::text::{SourceFile, Span};

pub(crate) use read::read;

use crate::diagnostic::{Diagnostic, Location};
use crate::rule::Rule;
use crate::{rcu901_unused_suppression, rcu902_reasonless_suppression};

/// One rule that a comment allows in its place.
#[derive(Clone, Debug)]
pub struct Allowance {
    /// The rule.
    pub rule: &'static Rule,
    /// The first and last row; `None` for the whole file.
    pub rows: Option<(u32, u32)>,
    /// Why it is allowed; empty if the comment does not say.
    pub reason: String,
    /// The file on disk.
    pub path: PathBuf,
    /// The file as reports name it.
    pub shown: String,
    /// Where the rule is named.
    pub span: Span,
    /// The first position of that.
    pub location: Location,
    /// One past its last.
    pub end_location: Location,
}

/// Why a finding is not reported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suppressed {
    /// Where it is allowed.
    pub by: By,
    /// What is said there; may be empty.
    pub reason: String,
}

/// Where a finding is allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// A comment in the source.
    Comment,
    /// The configuration.
    Configuration,
}

/// Where a suppression stands in the configuration.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The file on disk.
    pub path: PathBuf,
    /// The file as reports name it.
    pub shown: String,
    /// Its first line.
    pub span: Span,
    /// The first position of that.
    pub location: Location,
    /// One past its last.
    pub end_location: Location,
}

impl Entry {
    /// The finding for an entry that no finding of `rule` in `path` needed.
    pub fn unused(&self, rule: &Rule, path: &str) -> Diagnostic {
        let code = rule.code;
        let message = format!(
            "unused suppression: {code} finds nothing in {path} that it is about; remove it"
        );
        self.finding(&rcu901_unused_suppression::RULE, message, format!("{code} {path}"))
    }

    /// The finding for an entry without a reason.
    pub fn reasonless(&self) -> Diagnostic {
        let message = "suppression without a reason; say in `reason` why it is right".to_owned();
        self.finding(&rcu902_reasonless_suppression::RULE, message, "[[suppress]]".to_owned())
    }

    fn finding(&self, rule: &Rule, message: String, expression: String) -> Diagnostic {
        Diagnostic {
            code: rule.code,
            name: rule.name,
            severity: rule.severity,
            message,
            filename: self.shown.clone(),
            function: None,
            location: self.location,
            end_location: self.end_location,
            expression,
            related: Vec::new(),
            steps: Vec::new(),
            fix: None,
            path: self.path.clone(),
            span: self.span,
        }
    }
}

/// The rule for suppressions that suppress nothing.
pub fn unused_suppression() -> &'static Rule {
    &rcu901_unused_suppression::RULE
}

/// What the comments of a file allow.
pub fn allowances(source: &SourceFile, path: &Path, shown: &str) -> Vec<Allowance> {
    read(source, &remarks_of(path, source), path, shown).allowances
}

impl Allowance {
    /// Whether a finding is one that is allowed.
    pub fn covers(&self, found: &Diagnostic) -> bool {
        let row = found.location.row;
        found.code == self.rule.code
            && self.rows.is_none_or(|(first, last)| first <= row && row <= last)
            && found.path == self.path
    }
}

/// Marks the findings that are allowed, and adds one for each allowance that no finding needed; if
/// `told` says so, which knows what was looked for and how far. The findings stay sorted.
pub fn settle(
    findings: Vec<Diagnostic>,
    allowances: &[Allowance],
    told: impl Fn(&Allowance) -> bool,
) -> Vec<(Diagnostic, Option<Suppressed>)> {
    let mut used = vec![false; allowances.len()];
    let mut settled: Vec<_> = findings
        .into_iter()
        .map(|found| {
            let mut suppressed = None;
            for (used, allowance) in used.iter_mut().zip(allowances) {
                if allowance.covers(&found) {
                    *used = true;
                    suppressed.get_or_insert_with(|| Suppressed {
                        by: By::Comment,
                        reason: allowance.reason.clone(),
                    });
                }
            }
            (found, suppressed)
        })
        .collect();
    let unused = used.into_iter().zip(allowances).filter(|(used, one)| !used && told(one));
    settled.extend(unused.map(|(_, one)| (rcu901_unused_suppression::finding(one), None)));
    settled.sort_by(|(a, _), (b, _)| {
        (&a.filename, a.location, a.code).cmp(&(&b.filename, b.location, b.code))
    });
    settled
}

/// Whether all findings of a rule in a file are known once that file by itself was checked: those of
/// types and annotations, and of Rust. All others may depend on what other files do.
pub fn is_local(rule: &Rule) -> bool {
    rule.code.starts_with("RCU1") && rule.code != "RCU108" || rule.is_of_rust()
}

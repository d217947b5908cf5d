//! What a rule is made of, and how rules are run over a file.

use std::fmt;
use std::path::Path;

use rculint_analyzer::change::ChangeFacts;
use rculint_analyzer::facts::{FileFacts, InferredFacts};
use rculint_analyzer::text::SourceFile;

use crate::diagnostic::{Diagnostic, Severity};
use crate::merge::merge;
use crate::registry;
use crate::selection::Selection;
use crate::{rcu108_inferred_rcu_pointer, rcu109_annotation_removed};

/// A rule: metadata, documentation and check.
#[derive(Debug)]
pub struct Rule {
    /// The code, which never changes its meaning: `RCU101`.
    pub code: &'static str,
    /// The name, which says the pattern found: `plain-load`.
    pub name: &'static str,
    /// The level of a finding unless the circumstances lower it.
    pub severity: Severity,
    /// Whether findings carry an edit.
    pub fix: FixAvailability,
    /// How many of the findings on untouched kernels that were read were right; `None` for the
    /// rules of annotation, whose readings lie together in `testdata/kernel/readings`.
    pub precision: Option<Precision>,
    /// The release that brought the rule.
    pub since: &'static str,
    /// One line for tables.
    pub summary: &'static str,
    /// The documentation.
    pub docs: Docs,
    /// Appends the findings in one file.
    pub check: fn(&Context<'_>, &mut Vec<Diagnostic>),
}

impl Rule {
    /// Whether it compares two versions of the code: its example is the one after a change, and what
    /// to use instead the one before.
    pub fn is_of_change(&self) -> bool {
        std::ptr::eq(self, &rcu109_annotation_removed::RULE)
    }

    /// Whether it is about Rust: its examples are.
    pub fn is_of_rust(&self) -> bool {
        self.code.starts_with("RCU6")
    }

    /// Whether the rule is off unless it is selected: fewer than nine of ten findings are right, or
    /// too few were read.
    pub fn is_preview(&self) -> bool {
        self.precision.is_some_and(|Precision { right, read }| read == 0 || right * 10 < read * 9)
    }
}

/// What reading findings on untouched kernels showed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Precision {
    /// Findings that were right.
    pub right: u32,
    /// Findings, drawn at random, that were read (all there were, if fewer than 30 a kernel).
    pub read: u32,
}

impl fmt::Display for Precision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.read {
            0 => f.write_str("not measured"),
            read => write!(f, "{} of {read}", self.right),
        }
    }
}

/// Whether findings of a rule carry an edit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FixAvailability {
    /// No finding does.
    Never,
    /// Those do where the text allows it.
    Sometimes,
    /// Every finding does.
    Always,
}

impl FixAvailability {
    /// The word used in tables.
    pub fn as_str(self) -> &'static str {
        match self {
            FixAvailability::Never => "never",
            FixAvailability::Sometimes => "sometimes",
            FixAvailability::Always => "always",
        }
    }
}

/// A rule's documentation, one field a heading. Prose is Markdown; the examples are C, or
/// Rust, that the tests check.
#[derive(Debug)]
pub struct Docs {
    /// What it finds.
    pub finds: &'static str,
    /// Why it matters.
    pub matters: &'static str,
    /// Code in which exactly this rule fires.
    pub example: &'static str,
    /// The same code as it should be; nothing fires.
    pub instead: &'static str,
    /// Fix safety.
    pub fix_safety: &'static str,
    /// Known limits.
    pub limits: &'static str,
}

/// What a check may look at: one file and the facts about it.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The file on disk, for whoever shows the finding.
    pub path: &'a Path,
    /// The file as reports name it.
    pub shown: &'a str,
    /// Its text.
    pub source: &'a SourceFile,
    /// What the analyzer found in it.
    pub facts: &'a FileFacts,
}

/// What is found only when the facts of several files are seen together, whose rules were selected.
pub fn check_together(facts: &[&InferredFacts]) -> Vec<Diagnostic> {
    rcu108_inferred_rcu_pointer::judge(facts)
}

/// What is found only when two versions are compared.
pub fn check_change(facts: &ChangeFacts) -> Vec<Diagnostic> {
    rcu109_annotation_removed::judge(facts)
}

/// Whether a selected rule compares two versions ([`check_change`]).
pub fn compares(selection: &Selection) -> bool {
    selection.has(&rcu109_annotation_removed::RULE)
}

/// Runs the selected rules over one file. Findings come as [`merge`] leaves them: sorted, and one
/// place has at most one finding of a code (the arms of an `#if` can show the same access twice).
pub fn check(context: &Context<'_>, selection: &Selection) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for rule in registry::RULES.iter().filter(|rule| selection.has(rule)) {
        (rule.check)(context, &mut found);
    }
    merge(&mut found);
    found
}

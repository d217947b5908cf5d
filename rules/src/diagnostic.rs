//! What a rule reports. Serialised, these types are the JSON that `rculint check --format json`
//! promises; fields that the promise does not name are skipped.

use std::fmt;
use std::path::PathBuf;

use rculint_analyzer::text::{Position, Span};
use serde::{Deserialize, Serialize};

/// What is said of the declaration that carries the annotation, the cause of a finding.
pub const DECLARED_HERE: &str = "declared __rcu here";

/// What is said of the call of a macro in whose definition a finding lies.
pub const USED_HERE: &str = "used here";

/// How much a finding matters, lowest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Harmless here, or a convention; shown to people only when asked for.
    Note,
    /// Wrong by the rules of the RCU API, though it may work today.
    Warning,
    /// A reader can see garbage or a stale object.
    Error,
}

impl Severity {
    /// The word used in every format.
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Note => "note",
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A 1-based row and byte column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Location {
    /// Row, from 1.
    pub row: u32,
    /// Column in bytes, from 1.
    pub column: u32,
}

impl From<Position> for Location {
    fn from(position: Position) -> Location {
        Location { row: position.row, column: position.column }
    }
}

/// A finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    /// The rule's code: `RCU101`.
    pub code: &'static str,
    /// The rule's name: `plain-load`.
    pub name: &'static str,
    /// How much it matters here; a rule's default may be lowered by the circumstances.
    pub severity: Severity,
    /// What is wrong and what to do. Bots compare it as text.
    pub message: String,
    /// The file, as reports name it.
    pub filename: String,
    /// The function around it.
    pub function: Option<String>,
    /// The first position.
    pub location: Location,
    /// One past the last position.
    pub end_location: Location,
    /// The source text of the `__rcu` lvalue.
    pub expression: String,
    /// Other places that explain the finding.
    pub related: Vec<Related>,
    /// How it comes about, in order of time, the finding's own place among the steps. Those of other
    /// places are among `related` as well, so that what knows no order misses none; empty where
    /// there is no order.
    #[serde(skip)]
    pub steps: Vec<Related>,
    /// A proposed edit.
    pub fix: Option<Fix>,
    /// The file on disk.
    #[serde(skip)]
    pub path: PathBuf,
    /// The bytes from `location` to `end_location`.
    #[serde(skip)]
    pub span: Span,
}

impl Diagnostic {
    /// The place of the finding, as a step.
    pub fn here(&self, message: &str) -> Related {
        Related {
            filename: self.filename.clone(),
            location: self.location,
            message: message.to_owned(),
            path: self.path.clone(),
            span: self.span,
        }
    }

    /// Tells how the finding comes about: its own place and others, in order of time.
    pub(crate) fn tell(&mut self, steps: Vec<Related>) {
        let own = |step: &&Related| step.path == self.path && step.span == self.span;
        let elsewhere: Vec<_> = steps.iter().filter(|step| !own(step)).cloned().collect();
        self.related.extend(elsewhere);
        self.steps = steps;
    }

    /// The related places that are no steps.
    pub fn beside_steps(&self) -> impl Iterator<Item = &Related> {
        self.related.iter().filter(|place| !self.steps.contains(place))
    }
}

/// Another place that explains a finding.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Related {
    /// The file, as reports name it.
    pub filename: String,
    /// Where in it.
    pub location: Location,
    /// What is there.
    pub message: String,
    /// The file on disk.
    #[serde(skip)]
    pub path: PathBuf,
    /// The bytes meant.
    #[serde(skip)]
    pub span: Span,
}

/// Whether a fix may be applied without a look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Applicability {
    /// A proposal to read; it may not be what is meant.
    DisplayOnly,
    /// Right as far as the text around it tells; to be reviewed.
    Unsafe,
    /// Keeps what the code means.
    Safe,
}

impl Applicability {
    /// The word used in every format.
    pub fn as_str(self) -> &'static str {
        match self {
            Applicability::DisplayOnly => "display-only",
            Applicability::Unsafe => "unsafe",
            Applicability::Safe => "safe",
        }
    }
}

/// A proposed change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fix {
    /// Whether it may be applied without a look.
    pub applicability: Applicability,
    /// What the change does.
    pub message: String,
    /// The change, to be made as a whole; empty where only words can say it.
    pub edits: Vec<Edit>,
}

impl Fix {
    /// Whether it changes what a declaration says, and so what other files find.
    pub fn annotates(&self) -> bool {
        self.edits.iter().any(|edit| edit.content.split_whitespace().any(|word| word == "__rcu"))
    }
}

/// The replacement of a piece of text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Edit {
    /// The file, as reports name it.
    pub filename: String,
    /// The new text.
    pub content: String,
    /// The first position replaced.
    pub location: Location,
    /// One past the last position replaced.
    pub end_location: Location,
    /// The file on disk.
    #[serde(skip)]
    pub path: PathBuf,
    /// The bytes replaced.
    #[serde(skip)]
    pub span: Span,
}

/// `bytes` with the edits made. Edits must not overlap; their order does not matter.
pub fn apply(bytes: &[u8], edits: &[Edit]) -> Vec<u8> {
    let mut ordered: Vec<&Edit> = edits.iter().collect();
    ordered.sort_by_key(|edit| edit.span);
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    for edit in ordered {
        let range = edit.span.range();
        out.extend_from_slice(bytes.get(at..range.start).unwrap_or(&[]));
        out.extend_from_slice(edit.content.as_bytes());
        at = range.end;
    }
    out.extend_from_slice(bytes.get(at..).unwrap_or(&[]));
    out
}

//! How findings are printed: a format a file.
//!
//! Formats for people and compilers' lines name files as the arguments do, so that editors find
//! them; those for a forge or a CI service name them from the top of the tree
//! ([`crate::report::Finding::tree_path`]), as these do.

mod causes;
mod checkpatch;
mod concise;
mod gcc;
mod github;
mod gitlab;
mod human;
mod json;
mod junit;
mod markdown;
mod rdjson;
mod sarif;
mod sources;

pub use causes::Folded;
pub use checkpatch::checkpatch;
pub use concise::concise;
pub use gcc::{gcc, kbuild};
pub use github::github;
pub use gitlab::gitlab;
pub use human::human;
pub use json::{json, json_lines};
pub use junit::junit;
pub use markdown::markdown;
pub use rdjson::rdjson;
pub use sarif::sarif;

use rculint_rules::diagnostic::Severity;

use crate::statistics::Counts;

/// How the run went, for the formats that tell it beside the findings.
#[derive(Clone, Debug)]
pub struct Run {
    /// What was read.
    pub counts: Counts,
    /// What could not be read, a message each.
    pub problems: Vec<String>,
    /// The lowest level that makes the run fail.
    pub fail: Severity,
}

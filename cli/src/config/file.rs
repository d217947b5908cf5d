//! What can stand in the file.

use std::collections::BTreeMap;
use std::path::PathBuf;

use rculint_analyzer::kernel::extra::Extra;
use rculint_rules::diagnostic::Severity;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use toml::Spanned;

use super::words::{Codes, Pattern, RuleName};
use crate::args::Level;

/// The configuration of rculint. Paths and patterns are from the folder that the file lies in; of a
/// file that --config names, from the current folder.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(title = "rculint.toml")]
pub(crate) struct File {
    /// The rules to run, as with --select.
    pub select: Option<Vec<Codes>>,
    /// Rules not to run, as with --ignore.
    pub ignore: Option<Vec<Codes>>,
    /// Lowest level to print, as with --level.
    pub level: Option<Level>,
    /// Lowest level that makes the exit status 1, as with --fail-level.
    pub fail_level: Option<Level>,
    /// Files and folders that are not checked, also where the command line names them.
    pub exclude: Vec<Pattern>,
    /// The architectures that are read and checked, as with --arch; others are as if absent.
    pub arch: Option<Vec<String>>,
    /// Further folders to search for #include, as with -I.
    pub include: Vec<PathBuf>,
    /// Top of the kernel tree whose headers are used, as with --kernel-root.
    pub kernel_root: Option<PathBuf>,
    /// A `.config`, as with --dotconfig: what it leaves out is not reported.
    pub dotconfig: Option<PathBuf>,
    /// The levels of rules, by code or name.
    pub levels: BTreeMap<RuleName, RuleLevel>,
    /// What is different for some files; of entries that fit a file, the later one wins.
    pub per_path: Vec<PerPath>,
    /// Findings that someone has looked at.
    #[schemars(with = "Vec<Suppress>")]
    pub suppress: Vec<Spanned<Suppress>>,
    /// What the project has of its own that does what the kernel's functions and macros do.
    pub kernel: Extra,
}

/// The level of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum RuleLevel {
    /// Findings are errors.
    Error,
    /// Findings are warnings.
    Warning,
    /// Findings are notes.
    Note,
    /// The rule does not run.
    Off,
}

impl RuleLevel {
    /// The level of a finding; `None` for none.
    pub fn severity(self) -> Option<Severity> {
        match self {
            RuleLevel::Error => Some(Severity::Error),
            RuleLevel::Warning => Some(Severity::Warning),
            RuleLevel::Note => Some(Severity::Note),
            RuleLevel::Off => None,
        }
    }
}

/// What is different for some files.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct PerPath {
    /// Which files and folders.
    pub paths: Vec<Pattern>,
    /// The rules to run there instead of the others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub select: Option<Vec<Codes>>,
    /// Rules not to run there either.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ignore: Vec<Codes>,
    /// The levels of rules there.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub levels: BTreeMap<RuleName, RuleLevel>,
}

/// Findings that someone has looked at. All that is said has to fit.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Suppress {
    /// In which files and folders.
    pub path: Pattern,
    /// Of which rule.
    pub code: RuleName,
    /// In which function.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub function: Option<String>,
    /// About which expression, as findings have it; white space does not matter.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expression: Option<String>,
    /// Why it is right.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// The JSON schema of the file, as it is kept in `doc/rculint.schema.json`.
pub fn schema() -> String {
    let schema = schemars::schema_for!(File);
    let text = serde_json::to_string_pretty(&schema).expect("a schema is JSON");
    text + "\n"
}

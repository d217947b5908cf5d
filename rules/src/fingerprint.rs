//! What tells a finding apart from others, and stays the same while lines move around it.

use std::collections::HashMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::diagnostic::Diagnostic;

/// The version of what goes into a fingerprint; hashed with it.
const VERSION: &str = "rculint 1";

/// The first 16 bytes of a BLAKE3 hash over the code, the file's path from the top of its tree, the
/// function, the expression with white space taken as one, and a number among findings that agree
/// in these; in hexadecimal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fingerprint(String);

impl Fingerprint {
    /// The 32 digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The fingerprints of findings, in their order. `tree_path` names a finding's file from the top of
/// its tree. Findings are numbered among equals in the order given, which should be that of
/// [`crate::merge`].
pub fn fingerprints<'a>(
    diagnostics: impl IntoIterator<Item = &'a Diagnostic>,
    tree_path: impl Fn(&Diagnostic) -> String,
) -> Vec<Fingerprint> {
    let mut seen: HashMap<String, usize> = HashMap::new();
    let each = diagnostics.into_iter().map(|diagnostic| {
        let mut hasher = blake3::Hasher::new();
        let function = diagnostic.function.as_deref().unwrap_or("");
        let expression: Vec<_> = diagnostic.expression.split_whitespace().collect();
        let parts =
            [VERSION, diagnostic.code, &tree_path(diagnostic), function, &expression.join(" ")];
        for part in parts {
            hasher.update(part.as_bytes());
            // No part has a NUL byte: parts cannot run into each other.
            hasher.update(&[0]);
        }
        let same = hasher.finalize().to_hex().to_string();
        let number = seen.entry(same).or_default();
        hasher.update(number.to_string().as_bytes());
        *number += 1;
        Fingerprint(hasher.finalize().to_hex()[..32].to_owned())
    });
    each.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::{Location, Severity};

    fn finding(row: u32, expression: &str) -> Diagnostic {
        let location = Location { row, column: 1 };
        Diagnostic {
            code: "RCU101",
            name: "plain-load",
            severity: Severity::Error,
            message: format!("in row {row}"),
            filename: "../linux/a.c".to_owned(),
            function: Some("f".to_owned()),
            location,
            end_location: location,
            expression: expression.to_owned(),
            related: Vec::new(),
            steps: Vec::new(),
            fix: None,
            path: "/linux/a.c".into(),
            span: Default::default(),
        }
    }

    fn of(findings: &[Diagnostic]) -> Vec<Fingerprint> {
        fingerprints(findings, |_| "a.c".to_owned())
    }

    #[test]
    fn lines_levels_and_words_do_not_matter() {
        let mut moved = finding(9, "p ->\n\tx");
        moved.severity = Severity::Note;
        assert_eq!(of(&[finding(1, "p -> x")]), of(&[moved]));
    }

    #[test]
    fn what_is_found_matters() {
        let base = finding(1, "p->x");
        let mut code = base.clone();
        code.code = "RCU104";
        let mut function = base.clone();
        function.function = None;
        let all = [base, code, function, finding(1, "p->y")].map(|one| of(&[one])[0].clone());
        let different: std::collections::HashSet<_> = all.iter().collect();
        assert_eq!(different.len(), all.len());
    }

    #[test]
    fn equals_are_numbered() {
        let twice = of(&[finding(1, "p->x"), finding(2, "p->x")]);
        assert_ne!(twice[0], twice[1]);
        assert_eq!(twice[0], of(&[finding(7, "p->x")])[0]);
    }

    /// Baselines hold fingerprints: another value here breaks them.
    #[test]
    fn known_value() {
        assert_eq!(of(&[finding(1, "p->x")])[0].as_str(), "c486c29740ff3600ced4c7d3113b97ef");
    }
}

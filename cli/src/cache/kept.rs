//! What is kept of the check of a file. Its findings have a form of their own here: that of the JSON
//! leaves out what only rculint needs.

use std::path::PathBuf;

use rculint_analyzer::facts::{FileStatistics, InferredFacts};
use rculint_analyzer::rust::RustStatistics;
use rculint_analyzer::text::Span;
use rculint_rules::diagnostic::{
    Applicability, Diagnostic, Edit, Fix, Location, Related, Severity,
};
use rculint_rules::registry;
use rculint_rules::suppression::Allowance;
use serde::{Deserialize, Serialize};

use crate::check::Checked;
use crate::statistics::Located;

/// What the check of a file came to.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Kept {
    diagnostics: Vec<KeptDiagnostic>,
    statistics: FileStatistics,
    gaps: Vec<Located>,
    rust: Option<RustStatistics>,
    inferred: InferredFacts,
    allowances: Vec<KeptAllowance>,
    left_out: bool,
}

#[derive(Debug, Serialize, Deserialize)]
struct KeptDiagnostic {
    code: String,
    severity: Severity,
    message: String,
    filename: String,
    function: Option<String>,
    location: Location,
    end_location: Location,
    expression: String,
    related: Vec<KeptRelated>,
    steps: Vec<KeptRelated>,
    fix: Option<KeptFix>,
    path: PathBuf,
    span: Span,
}

#[derive(Debug, Serialize, Deserialize)]
struct KeptRelated {
    filename: String,
    location: Location,
    message: String,
    path: PathBuf,
    span: Span,
}

#[derive(Debug, Serialize, Deserialize)]
struct KeptFix {
    applicability: Applicability,
    message: String,
    edits: Vec<KeptEdit>,
}

#[derive(Debug, Serialize, Deserialize)]
struct KeptEdit {
    filename: String,
    content: String,
    location: Location,
    end_location: Location,
    path: PathBuf,
    span: Span,
}

#[derive(Debug, Serialize, Deserialize)]
struct KeptAllowance {
    code: String,
    rows: Option<(u32, u32)>,
    reason: String,
    path: PathBuf,
    shown: String,
    span: Span,
    location: Location,
    end_location: Location,
}

impl Kept {
    /// What is kept of a check that compares nothing and keeps no texts.
    pub fn of(checked: &Checked) -> Kept {
        let Checked { diagnostics, statistics, gaps, rust, inferred, allowances, left_out, .. } =
            checked.clone();
        Kept {
            diagnostics: diagnostics.into_iter().map(KeptDiagnostic::of).collect(),
            statistics,
            gaps,
            rust,
            inferred,
            allowances: allowances.into_iter().map(KeptAllowance::of).collect(),
            left_out,
        }
    }

    /// The same check; `None` if a rule is not there any more.
    pub fn checked(self) -> Option<Checked> {
        let Kept { diagnostics, statistics, gaps, rust, inferred, allowances, left_out } = self;
        Some(Checked {
            diagnostics: diagnostics
                .into_iter()
                .map(KeptDiagnostic::back)
                .collect::<Option<_>>()?,
            statistics,
            gaps,
            rust,
            inferred,
            allowances: allowances.into_iter().map(KeptAllowance::back).collect::<Option<_>>()?,
            left_out,
            ..Checked::default()
        })
    }
}

impl KeptDiagnostic {
    fn of(diagnostic: Diagnostic) -> KeptDiagnostic {
        let Diagnostic { code, name: _, severity, message, filename, function, .. } = diagnostic;
        let Diagnostic { location, end_location, expression, related, steps, .. } = diagnostic;
        let Diagnostic { fix, path, span, .. } = diagnostic;
        let places = |all: Vec<Related>| all.into_iter().map(KeptRelated::of).collect();
        KeptDiagnostic {
            code: code.to_owned(),
            severity,
            message,
            filename,
            function,
            location,
            end_location,
            expression,
            related: places(related),
            steps: places(steps),
            fix: fix.map(KeptFix::of),
            path,
            span,
        }
    }

    fn back(self) -> Option<Diagnostic> {
        let rule = registry::find(&self.code)?;
        let places = |all: Vec<KeptRelated>| all.into_iter().map(KeptRelated::back).collect();
        Some(Diagnostic {
            code: rule.code,
            name: rule.name,
            severity: self.severity,
            message: self.message,
            filename: self.filename,
            function: self.function,
            location: self.location,
            end_location: self.end_location,
            expression: self.expression,
            related: places(self.related),
            steps: places(self.steps),
            fix: self.fix.map(KeptFix::back),
            path: self.path,
            span: self.span,
        })
    }
}

impl KeptRelated {
    fn of(related: Related) -> KeptRelated {
        let Related { filename, location, message, path, span } = related;
        KeptRelated { filename, location, message, path, span }
    }

    fn back(self) -> Related {
        let KeptRelated { filename, location, message, path, span } = self;
        Related { filename, location, message, path, span }
    }
}

impl KeptFix {
    fn of(fix: Fix) -> KeptFix {
        let Fix { applicability, message, edits } = fix;
        let edits = edits.into_iter().map(|edit| {
            let Edit { filename, content, location, end_location, path, span } = edit;
            KeptEdit { filename, content, location, end_location, path, span }
        });
        KeptFix { applicability, message, edits: edits.collect() }
    }

    fn back(self) -> Fix {
        let KeptFix { applicability, message, edits } = self;
        let edits = edits.into_iter().map(|edit| {
            let KeptEdit { filename, content, location, end_location, path, span } = edit;
            Edit { filename, content, location, end_location, path, span }
        });
        Fix { applicability, message, edits: edits.collect() }
    }
}

impl KeptAllowance {
    fn of(allowance: Allowance) -> KeptAllowance {
        let Allowance { rule, rows, reason, path, shown, span, location, end_location } = allowance;
        let code = rule.code.to_owned();
        KeptAllowance { code, rows, reason, path, shown, span, location, end_location }
    }

    fn back(self) -> Option<Allowance> {
        let KeptAllowance { code, rows, reason, path, shown, span, location, end_location } = self;
        let rule = registry::find(&code)?;
        Some(Allowance { rule, rows, reason, path, shown, span, location, end_location })
    }
}

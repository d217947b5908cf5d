//! What the rules about accesses share: the frame of a diagnostic and of its message.

use rculint_analyzer::facts::{Access, StoreKind, Usage};
use rculint_analyzer::text::Span;

use crate::accessor::unpublished;
use crate::diagnostic::{Applicability, Diagnostic, Edit, Fix, Related, Severity};
use crate::rule::{Context, Rule};

/// The parts in which the findings of a rule differ.
pub(crate) struct Finding {
    /// The level if nothing lowers it.
    pub severity: Severity,
    /// What is done with the pointer: "plain load of `x`, an __rcu pointer".
    pub what: String,
    /// What to do instead: "use rcu_dereference()".
    pub advice: String,
    /// The proposed edit.
    pub fix: Option<Fix>,
}

/// The diagnostic for an access: the level lowered where the circumstances make the access
/// harmless, with the words that say so.
pub(crate) fn report(
    rule: &Rule,
    context: &Context<'_>,
    access: &Access,
    found: Finding,
) -> Diagnostic {
    let excuse = excuse(access);
    let severity = if excuse.is_some() { Severity::Note } else { found.severity };
    let Finding { what, advice, fix, .. } = found;
    let arm = match &access.condition {
        Some(condition) => format!(" (under {})", one_line(condition)),
        None => String::new(),
    };
    let message = match excuse {
        Some(excuse) => format!("{what}{arm}; {excuse}; {advice}"),
        None => format!("{what}{arm}; {advice}"),
    };
    Diagnostic {
        code: rule.code,
        name: rule.name,
        severity,
        message,
        filename: context.shown.to_owned(),
        function: access.function.clone(),
        location: context.source.position(access.span.start).into(),
        end_location: context.source.position(access.span.end).into(),
        expression: access.expression.clone(),
        related: vec![Related {
            filename: access.declaration.shown.clone(),
            location: access.declaration.start.into(),
            message: "declared __rcu here".to_owned(),
            path: access.declaration.path.clone(),
            span: access.declaration.span,
        }],
        fix,
        path: context.path.to_owned(),
        span: access.span,
    }
}

/// Why an access is only worth a note.
fn excuse(access: &Access) -> Option<String> {
    if let Some(reason) = access.owner {
        return Some(format!("harmless by convention: {reason}"));
    }
    match &access.usage {
        Usage::Store(store) | Usage::NullStore(store) if store.how == StoreKind::Initializer => {
            Some("no reader can see it before it is initialised".to_owned())
        }
        _ if unpublished(access) => Some("no reader can see the object yet".to_owned()),
        _ => None,
    }
}

/// The expression for a message: on one line, quoted.
pub(crate) fn quoted(access: &Access) -> String {
    format!("`{}`", one_line(&access.expression))
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A fix of one edit.
pub(crate) fn fix(
    context: &Context<'_>,
    applicability: Applicability,
    message: String,
    span: Span,
    content: String,
) -> Fix {
    let edits = vec![Edit::new(context.source, context.shown, span, content)];
    Fix { applicability, message, edits }
}

/// A fix that only words can say.
pub(crate) fn advice_only(message: String) -> Fix {
    Fix { applicability: Applicability::DisplayOnly, message, edits: Vec::new() }
}

//! What the rules about Rust share.

use rculint_analyzer::rust::RustAccess;
use rculint_analyzer::text::Span;

use crate::diagnostic::{DECLARED_HERE, Diagnostic, Edit, Severity};
use crate::finding::{Place, diagnostic, related};
use crate::rule::{Context, Rule};

/// The diagnostic for an access to what C declares `__rcu`.
pub(crate) fn access(
    rule: &Rule,
    context: &Context<'_>,
    one: &RustAccess,
    severity: Severity,
    message: String,
) -> Diagnostic {
    let (severity, message) = match one.unpublished {
        true => (Severity::Note, format!("{message}; no reader can see the object yet")),
        false => (severity, message),
    };
    let mut found =
        at(rule, context, (one.function.as_deref(), one.span, &one.expression), message);
    found.severity = severity;
    found.related.push(related(&one.declaration, DECLARED_HERE));
    found
}

/// A diagnostic of the rule's level at a place of a Rust file.
pub(crate) fn at(
    rule: &Rule,
    context: &Context<'_>,
    (function, span, expression): (Option<&str>, Span, &str),
    message: String,
) -> Diagnostic {
    let place = Place { function, span, expression, definition: None };
    diagnostic(rule, context, &place, rule.severity, message)
}

/// A replacement in the file at hand. Lines are left as rustfmt will have them.
pub(crate) fn edit(context: &Context<'_>, span: Span, content: String) -> Edit {
    Edit {
        filename: context.shown.to_owned(),
        content,
        location: context.source.position(span.start).into(),
        end_location: context.source.position(span.end).into(),
        path: context.path.to_owned(),
        span,
    }
}

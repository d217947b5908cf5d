//! What the rules about accesses share: the frame of a diagnostic and of its message.

use rculint_analyzer::facts::{
    Access, CallSite, Checked, Declaration, HeldLock, LoneCallback, Says, StoreKind, Usage,
};
use rculint_analyzer::text::Span;

use crate::accessor::unpublished;
use crate::diagnostic::{
    Applicability, DECLARED_HERE, Diagnostic, Edit, Fix, Related, Severity, USED_HERE,
};
use crate::layout::wrapped;
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
    let arm = under(access.condition.as_deref());
    let message = match excuse {
        Some(excuse) => format!("{what}{arm}; {excuse}; {advice}"),
        None => format!("{what}{arm}; {advice}"),
    };
    let place = Place {
        function: access.function.as_deref(),
        span: access.span,
        expression: &access.expression,
        definition: access.definition.as_ref(),
    };
    let mut diagnostic = diagnostic(rule, context, &place, severity, message);
    diagnostic.related.insert(0, related(&access.declaration, DECLARED_HERE));
    if let Some((name, span)) = &access.call {
        diagnostic.related.push(used(context, *span, format!("in this call of {name}()")));
    }
    diagnostic.fix = fix;
    diagnostic
}

/// The diagnostic for a function given to `call_rcu()` that does one thing only: `what`, with what to
/// do instead. It stands where the function is given first.
pub(crate) fn does_nothing_but(
    rule: &Rule,
    context: &Context<'_>,
    one: &LoneCallback,
    what: &str,
) -> Option<Diagnostic> {
    let (first, others) = one.given.split_first()?;
    let place = Place {
        function: first.function.as_deref(),
        span: first.span,
        expression: &first.expression,
        definition: None,
    };
    let (function, arm) = (&one.function, under(one.condition.as_deref()));
    let message = format!("{function}(), given to call_rcu(), does nothing{arm} but {what}");
    let mut found = diagnostic(rule, context, &place, rule.severity, message);
    let posted = found.here("given to call_rcu() here");
    let does = used(context, one.span, "all that it does is here".to_owned());
    found.tell(vec![posted, does]);
    let given = others.iter().map(|at| used(context, at.span, "given here as well".to_owned()));
    found.related.extend(given);
    Some(found)
}

/// Where a fact stands.
pub(crate) struct Place<'a> {
    /// The function around it.
    pub function: Option<&'a str>,
    /// In the file at hand; for what the body of a macro does, the call of the macro.
    pub span: Span,
    /// The source text.
    pub expression: &'a str,
    /// In the definition of the macro that does it.
    pub definition: Option<&'a Declaration>,
}

/// A diagnostic at a place. What the body of a macro does is reported in its definition, with the
/// call as a related place.
pub(crate) fn diagnostic(
    rule: &Rule,
    context: &Context<'_>,
    place: &Place<'_>,
    severity: Severity,
    message: String,
) -> Diagnostic {
    let here = Diagnostic {
        code: rule.code,
        name: rule.name,
        severity,
        message,
        filename: context.shown.to_owned(),
        function: place.function.map(str::to_owned),
        location: context.source.position(place.span.start).into(),
        end_location: context.source.position(place.span.end).into(),
        expression: place.expression.to_owned(),
        related: Vec::new(),
        steps: Vec::new(),
        fix: None,
        path: context.path.to_owned(),
        span: place.span,
    };
    match place.definition {
        None => here,
        Some(definition) => {
            let used = used(context, place.span, USED_HERE.to_owned());
            Diagnostic { related: vec![used], function: None, ..here.moved_to(definition) }
        }
    }
}

/// A diagnostic at the call of an accessor.
pub(crate) fn at_call(
    rule: &Rule,
    context: &Context<'_>,
    call: &CallSite,
    severity: Severity,
    message: String,
) -> Diagnostic {
    let place = Place {
        function: call.function.as_deref(),
        span: call.span,
        expression: &call.expression,
        definition: None,
    };
    diagnostic(rule, context, &place, severity, message)
}

/// The text of an accessor's call, unless it is not UTF-8.
pub(crate) fn call_text<'a>(context: &Context<'a>, call: &CallSite) -> Option<&'a str> {
    std::str::from_utf8(context.source.slice(call.span)).ok()
}

/// Whether another access of the file to the same pointer names a lock in its condition.
pub(crate) fn named_elsewhere(context: &Context<'_>, one: &Checked, member: &str) -> bool {
    others(context, one).any(|other| names(other, member))
}

/// Whether another access of the file to the same pointer names this lock, and the lock belongs to
/// what holds the pointer there as it does here.
pub(crate) fn protects_elsewhere(context: &Context<'_>, one: &Checked, lock: &HeldLock) -> bool {
    others(context, one).any(|other| {
        other.says.iter().any(|part| match part {
            Says::Held { lock: named, member } if *member == lock.member => {
                // What a macro says it says of its parameters.
                let built_in = other.condition.is_none();
                built_in || belongs(named, other) == lock.same_object
            }
            _ => false,
        })
    })
}

/// Whether other accesses of the file name a lock of this name in the object that holds the pointer,
/// and this one lies in another object.
pub(crate) fn contradicted(context: &Context<'_>, one: &Checked, lock: &HeldLock) -> bool {
    let own = |other: &Checked| {
        other.condition.is_some()
            && other.says.iter().any(|part| match part {
                Says::Held { lock: named, member } => {
                    *member == lock.member && belongs(named, other)
                }
                _ => false,
            })
    };
    !lock.same_object && others(context, one).any(own)
}

/// Whether a lock lies in the object that holds the pointer.
fn belongs(lock: &str, access: &Checked) -> bool {
    let (start, reached) = match lock.strip_prefix('&').unwrap_or(lock).split_once(['-', '.']) {
        Some((start, _)) => (start, true),
        None => (lock, false),
    };
    access.root.as_deref() == Some(start) && (reached || !lock.starts_with('&'))
}

fn others<'a>(context: &Context<'a>, one: &'a Checked) -> impl Iterator<Item = &'a Checked> {
    let pointer = one.declaration.as_ref().map(|at| (&at.path, at.span));
    context.facts.pointers.checked.iter().filter(move |other| {
        other.call.span != one.call.span
            && pointer.is_some()
            && other.declaration.as_ref().map(|at| (&at.path, at.span)) == pointer
    })
}

fn names(access: &Checked, lock: &str) -> bool {
    access.says.iter().any(|part| matches!(part, Says::Held { member, .. } if member == lock))
}

impl Diagnostic {
    /// The same finding at a declaration.
    pub(crate) fn moved_to(self, declaration: &Declaration) -> Diagnostic {
        Diagnostic {
            filename: declaration.shown.clone(),
            location: declaration.start.into(),
            end_location: declaration.end.into(),
            path: declaration.path.clone(),
            span: declaration.span,
            ..self
        }
    }
}

/// A place in the file at hand that explains a finding elsewhere.
pub(crate) fn used(context: &Context<'_>, span: Span, message: String) -> Related {
    Related {
        filename: context.shown.to_owned(),
        location: context.source.position(span.start).into(),
        message,
        path: context.path.to_owned(),
        span,
    }
}

/// A declaration that explains a finding.
pub(crate) fn related(declaration: &Declaration, message: &str) -> Related {
    Related {
        filename: declaration.shown.clone(),
        location: declaration.start.into(),
        message: message.to_owned(),
        path: declaration.path.clone(),
        span: declaration.span,
    }
}

/// The preprocessor condition, for a message.
pub(crate) fn under(condition: Option<&str>) -> String {
    condition.map(|condition| format!(" (under {})", one_line(condition))).unwrap_or_default()
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
    in_quotes(&access.expression)
}

/// Code for a message: on one line, quoted.
pub(crate) fn in_quotes(code: &str) -> String {
    format!("`{}`", one_line(code))
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A fix of one edit; lines that it makes too long are broken.
pub(crate) fn fix(
    context: &Context<'_>,
    applicability: Applicability,
    message: String,
    span: Span,
    content: String,
) -> Fix {
    let (span, content) = wrapped(context.source, span, content);
    let edit = Edit {
        filename: context.shown.to_owned(),
        content,
        location: context.source.position(span.start).into(),
        end_location: context.source.position(span.end).into(),
        path: context.path.to_owned(),
        span,
    };
    Fix { applicability, message, edits: vec![edit] }
}

/// A fix that only words can say.
pub(crate) fn advice_only(message: String) -> Fix {
    Fix { applicability: Applicability::DisplayOnly, message, edits: Vec::new() }
}

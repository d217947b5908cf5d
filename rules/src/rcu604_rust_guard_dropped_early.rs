//! RCU604 rust-guard-dropped-early.

use crate::diagnostic::{Applicability, Diagnostic, Fix, Severity};
use crate::finding::in_quotes;
use crate::rule::{Context, Docs, FixAvailability, Rule};
use crate::rust;

/// The rule.
pub(crate) static RULE: Rule = Rule {
    code: "RCU604",
    name: "rust-guard-dropped-early",
    severity: Severity::Error,
    fix: FixAvailability::Always,
    precision: None,
    since: "0.1.0",
    summary: "the guard of `rcu::read_lock()` is not kept, so the reader section ends at once",
    docs: Docs {
        finds: "\
`rcu::read_lock()` whose guard is bound to `_`, assigned to it, or bound to nothing.",
        matters: "\
A reader section lasts as long as its guard. `_` is no variable: the guard is dropped in the same \
statement, and what follows runs outside of any reader section. A variable whose name begins with `_` \
keeps it to the end of the block.",
        example: "\
fn port_mtu(port: *mut bindings::port) -> i32 {
    let _ = rcu::read_lock();
    // SAFETY: The caller's port is alive.
    unsafe { bindings::port_mtu_locked(port) }
}",
        instead: "\
fn port_mtu(port: *mut bindings::port) -> i32 {
    let _guard = rcu::read_lock();
    // SAFETY: The caller's port is alive.
    unsafe { bindings::port_mtu_locked(port) }
}",
        fix_safety: "\
Safe where nothing in the rest of the block sleeps or waits, for all that its words tell: the section \
then lasts that long. Unsafe elsewhere.",
        limits: "\
`drop(rcu::read_lock())` is not reported, nor is a guard that a larger expression uses.",
    },
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for one in &context.facts.rust.dropped {
        let message = format!(
            "the guard of {} is dropped at once, and the reader section with it; bind it to a variable",
            in_quotes(&one.expression)
        );
        let place = (one.function.as_deref(), one.span, one.expression.as_str());
        let mut finding = rust::at(&RULE, context, place, message);
        let applicability = if one.short { Applicability::Safe } else { Applicability::Unsafe };
        let content = format!("let {} = ", one.name);
        finding.fix = Some(Fix {
            applicability,
            message: "keep the guard to the end of the block".to_owned(),
            edits: vec![rust::edit(context, one.binding, content)],
        });
        found.push(finding);
    }
}

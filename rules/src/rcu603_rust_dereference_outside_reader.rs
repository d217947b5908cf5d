//! RCU603 rust-dereference-outside-reader.

use rculint_analyzer::rust::RustOutsideKind;

use crate::diagnostic::{Diagnostic, Severity};
use crate::finding::{in_quotes, used};
use crate::rule::{Context, Docs, FixAvailability, Rule};
use crate::rust;

/// The rule.
pub(crate) static RULE: Rule = Rule {
    code: "RCU603",
    name: "rust-dereference-outside-reader",
    severity: Severity::Error,
    fix: FixAvailability::Never,
    precision: None,
    since: "0.1.0",
    summary: "Rust loads an RCU pointer, or follows one, where no `rcu::Guard` lives",
    docs: Docs {
        finds: "\
A pointer that was loaded in a reader section and is followed when the section has ended: its guard was \
dropped, or went out of scope, or `bindings::rcu_read_unlock()` was called. And a call, through the \
bindings, of `rcu_dereference()` or of a helper that calls it, in a safe function that holds no guard \
and is given none.",
        matters: "\
When the guard is gone, a grace period can end, and the object be freed. Raw pointers have no lifetime \
that would tie them to the guard, so the compiler does not see it.",
        example: "\
// C, in rust/helpers: struct cfg *rust_helper_port_cfg(struct port *port)
// { return rcu_dereference(port->cfg); }
fn port_mtu(port: *mut bindings::port) -> i32 {
    let guard = rcu::read_lock();
    // SAFETY: The caller's port is alive, and this is a reader section.
    let cfg = unsafe { bindings::port_cfg(port) };
    drop(guard);
    // SAFETY: None: the reader section has ended.
    unsafe { (*cfg).mtu }
}",
        instead: "\
// C, in rust/helpers: struct cfg *rust_helper_port_cfg(struct port *port)
// { return rcu_dereference(port->cfg); }
fn port_mtu(port: *mut bindings::port) -> i32 {
    let _guard = rcu::read_lock();
    // SAFETY: The caller's port is alive, and this is a reader section.
    let cfg = unsafe { bindings::port_cfg(port) };
    // SAFETY: The reader section keeps it.
    unsafe { (*cfg).mtu }
}",
        fix_safety: "There is no edit: how far the section has to reach depends on where the value goes.",
        limits: "\
A pointer that was given to a function is not followed further: the function may have taken a \
reference. Loads are not reported in `unsafe` functions, which may ask their callers for a reader \
section, in methods of traits, which a subsystem may call in one, in generic functions, in functions that are given a guard or what holds one, in closures, where a variable may hold a \
guard for all that is known, and in private functions that the file calls where a section may be open.",
    },
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for one in &context.facts.rust.outside {
        let name = in_quotes(&one.expression);
        let message = match &one.kind {
            RustOutsideKind::Load(callee) => format!(
                "{callee}() loads for a reader where no reader section is open, and a safe function \
                 cannot ask its callers for one; hold a guard (`let _guard = rcu::read_lock();`) up \
                 to the last use of the pointer, or take a `&rcu::Guard`"
            ),
            RustOutsideKind::Stale { .. } => format!(
                "{name} follows a pointer that was loaded in a reader section which has ended; keep \
                 its guard up to here"
            ),
        };
        let place = (one.function.as_deref(), one.span, one.expression.as_str());
        let mut finding = rust::at(&RULE, context, place, message);
        if let RustOutsideKind::Stale { loaded, ended } = one.kind {
            let mut steps = vec![used(context, loaded, "the pointer is loaded here".to_owned())];
            steps.extend(
                ended.map(|at| used(context, at, "the reader section ends here".to_owned())),
            );
            steps.push(finding.here("the pointer is followed here"));
            finding.tell(steps);
        }
        found.push(finding);
    }
}

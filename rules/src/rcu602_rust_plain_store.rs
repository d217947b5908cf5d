//! RCU602 rust-plain-store.

use rculint_analyzer::rust::RustAccessKind;

use crate::diagnostic::{Diagnostic, Severity};
use crate::finding::in_quotes;
use crate::rule::{Context, Docs, FixAvailability, Rule};
use crate::rust;

/// The rule.
pub(crate) static RULE: Rule = Rule {
    code: "RCU602",
    name: "rust-plain-store",
    severity: Severity::Error,
    fix: FixAvailability::Never,
    precision: None,
    since: "0.1.0",
    summary: "Rust writes a member that C declares `__rcu` as if it were any pointer",
    docs: Docs {
        finds: "\
A write to a member of a C structure that C declares `__rcu`: an assignment, `ptr::write()`, \
`.write()`, `ptr::replace()`; a warning where NULL is written, and for `write_volatile()`, which is \
whole but not ordered. In an object that no reader can see (a variable, what `Opaque::ffi_init()` \
gives its closure) it is a note.",
        matters: "\
bindgen drops `__rcu`. The write publishes an object, and a plain one may come before the writes that \
fill the object in: a reader who finds the pointer reads members that are not there yet. \
`rcu_assign_pointer()` is a release.",
        example: "\
// C: struct port { struct cfg __rcu *cfg; };
fn port_publish(port: *mut bindings::port, cfg: *mut bindings::cfg) {
    // SAFETY: Both are alive, and nobody else updates the port.
    unsafe {
        (*cfg).mtu = 1500;
        (*port).cfg = cfg;
    }
}",
        instead: "\
// C, in rust/helpers: void rust_helper_port_set_cfg(struct port *port, struct cfg *cfg)
// { rcu_assign_pointer(port->cfg, cfg); }
fn port_publish(port: *mut bindings::port, cfg: *mut bindings::cfg) {
    // SAFETY: Both are alive, and nobody else updates the port.
    unsafe {
        (*cfg).mtu = 1500;
        bindings::port_set_cfg(port, cfg);
    }
}",
        fix_safety: "There is no edit: the accessor is a macro of C, and a helper has to be written.",
        limits: "\
Copies and initialisers of whole structures are not reported. Types are known as for RCU601.",
    },
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for one in &context.facts.rust.accesses {
        let name = in_quotes(&one.expression);
        let member = in_quotes(&one.declaration.name);
        let tells = format!("{member} is an __rcu pointer in C, which bindgen does not tell");
        let (severity, message) = match one.kind {
            RustAccessKind::Store => (
                RULE.severity,
                format!(
                    "plain store to {name}: {tells}; publish it in a helper with rcu_assign_pointer()"
                ),
            ),
            RustAccessKind::VolatileStore => (
                Severity::Warning,
                format!(
                    "volatile store to {name}: {tells}, and the store is not ordered after the \
                     initialisation of the object; publish it in a helper with rcu_assign_pointer()"
                ),
            ),
            RustAccessKind::NullStore => (
                Severity::Warning,
                format!(
                    "plain store of NULL to {name}: {tells}; clear it in a helper with \
                     RCU_INIT_POINTER()"
                ),
            ),
            RustAccessKind::Load | RustAccessKind::Test => continue,
        };
        found.push(rust::access(&RULE, context, one, severity, message));
    }
}

//! RCU601 rust-plain-load.

use rculint_analyzer::rust::RustAccessKind;

use crate::diagnostic::{Diagnostic, Severity};
use crate::finding::in_quotes;
use crate::rule::{Context, Docs, FixAvailability, Rule};
use crate::rust;

/// The rule.
pub(crate) static RULE: Rule = Rule {
    code: "RCU601",
    name: "rust-plain-load",
    severity: Severity::Error,
    fix: FixAvailability::Never,
    precision: None,
    since: "0.1.0",
    summary: "Rust reads a member that C declares `__rcu` as if it were any pointer",
    docs: Docs {
        finds: "\
A read of a member of a C structure, behind a raw pointer, a reference or `Opaque`, that C declares \
`__rcu`: `(*port).cfg`, `(*port).cfg.is_null()` (a warning: the value is only tested), \
`core::ptr::read(&raw const (*port).cfg)`. Only the address is taken by `&raw`, `addr_of!()` and `&`, \
and `read_volatile()` is a marked read: neither is reported. In an object that no reader can see, it is \
a note.",
        matters: "\
bindgen drops `__rcu`: to Rust the member is a plain pointer, and no type says that an updater may \
replace it at any time. The compiler may read it twice, or keep a value from before, and the reader \
then follows another pointer than the one that it looked at.",
        example: "\
// C: struct port { struct cfg __rcu *cfg; };
fn port_mtu(port: *mut bindings::port) -> i32 {
    let _guard = rcu::read_lock();
    // SAFETY: The caller's port is alive.
    let cfg = unsafe { (*port).cfg };
    // SAFETY: The reader section keeps it.
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
        fix_safety: "There is no edit: the accessor is a macro of C, and a helper has to be written.",
        limits: "\
The types of expressions are known as far as declarations of the file, of those beside it and of the \
kernel crate give them; what has no type is counted (`--statistics`). Members of structures that the \
bindings' headers (rust/bindings/bindings_helper.h) do not reach are not known.",
    },
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for one in &context.facts.rust.accesses {
        let name = in_quotes(&one.expression);
        let member = in_quotes(&one.declaration.name);
        let (severity, message) = match one.kind {
            RustAccessKind::Load => (
                RULE.severity,
                format!(
                    "plain load of {name}: {member} is an __rcu pointer in C, which bindgen does not \
                     tell; load it in a helper with rcu_dereference()"
                ),
            ),
            RustAccessKind::Test => (
                Severity::Warning,
                format!(
                    "plain test of {name}: {member} is an __rcu pointer in C, which bindgen does not \
                     tell; load it in a helper with rcu_access_pointer()"
                ),
            ),
            _ => continue,
        };
        found.push(rust::access(&RULE, context, one, severity, message));
    }
}

//! RCU605 rust-helper-missing.

use crate::diagnostic::{Diagnostic, Severity};
use crate::finding::related;
use crate::rule::{Context, Docs, FixAvailability, Rule};
use crate::rust;

/// The rule.
pub(crate) static RULE: Rule = Rule {
    code: "RCU605",
    name: "rust-helper-missing",
    severity: Severity::Error,
    fix: FixAvailability::Never,
    precision: None,
    since: "0.1.0",
    summary: "Rust calls an RCU macro or inline function of C for which there is no helper",
    docs: Docs {
        finds: "\
A call through the bindings of what C defines as a macro or as a static inline function, and what has to \
do with RCU: accessors, and macros that are one; what begins and ends reader sections, walks and changes \
lists. And there is no `rust_helper_` function of that name in rust/helpers/ (rust/helpers.c up to 6.11).",
        matters: "\
bindgen makes functions of prototypes alone: the code does not build. What is written instead, a read of \
the member itself, builds and is wrong (RCU601).",
        example: "\
fn port_mtu(port: *mut bindings::port) -> i32 {
    let _guard = rcu::read_lock();
    // SAFETY: The caller's port is alive, and this is a reader section.
    let cfg = unsafe { bindings::rcu_dereference((*port).cfg) };
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
        fix_safety: "There is no edit: the helper stands in another file, and its types have to be chosen.",
        limits: "\
Nothing is reported where the headers that the bindings are made of are not found \
(rust/bindings/bindings_helper.h below the top of the kernel tree).",
    },
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for one in &context.facts.rust.missing {
        let kind = if one.is_macro { "a macro" } else { "an inline function" };
        let message = format!(
            "{name}() is {kind} of C, of which bindgen makes no function, and there is no \
             rust_helper_{name}() in rust/helpers",
            name = one.name
        );
        let place = (one.function.as_deref(), one.span, one.expression.as_str());
        let mut finding = rust::at(&RULE, context, place, message);
        finding.related.push(related(&one.declaration, "defined here"));
        found.push(finding);
    }
}

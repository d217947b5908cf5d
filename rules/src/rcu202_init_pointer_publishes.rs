//! RCU202 init-pointer-publishes.

use rculint_analyzer::facts::{InitStore, Newness};

use crate::diagnostic::{Applicability, Diagnostic, Fix, Severity};
use crate::finding::{at_call, fix, in_quotes, under, used};
use crate::rule::{Context, Docs, FixAvailability, Precision, Rule};

/// The rule.
pub(crate) static RULE: Rule = Rule {
    code: "RCU202",
    name: "init-pointer-publishes",
    severity: Severity::Warning,
    fix: FixAvailability::Sometimes,
    precision: Some(Precision { right: 0, read: 3 }),
    since: "0.1.0",
    summary: "`RCU_INIT_POINTER()` makes a new object visible to readers",
    docs: Docs {
        finds: "\
`RCU_INIT_POINTER(p, v)` where readers can see `p` at once and the object that `v` points to was \
allocated or written to by the same function. Where it is allocated, and nothing in the function \
reckons with readers (a lock, a look at the old value, a grace period), it is a note: perhaps nothing can \
read `p` yet. Silent where the object that holds `p` is being made itself: allocated here, local, \
initialised here, or made visible later.",
        matters: "\
`RCU_INIT_POINTER()` orders nothing: a reader that finds the pointer may see the object as it was before it \
was initialised.",
        example: "\
struct cfg {
	int mtu;
};

struct port {
	struct cfg __rcu *cfg;
};

static void port_set(struct port *port, struct cfg *cfg)
{
	cfg->mtu = 1500;
	RCU_INIT_POINTER(port->cfg, cfg);
}",
        instead: "\
struct cfg {
	int mtu;
};

struct port {
	struct cfg __rcu *cfg;
};

static void port_set(struct port *port, struct cfg *cfg)
{
	cfg->mtu = 1500;
	rcu_assign_pointer(port->cfg, cfg);
}",
        fix_safety: "\
Safe: `rcu_assign_pointer()` stores the same value and only adds ordering.",
        limits: "\
Whether the object around the pointer is visible already is read off the function and the calls of it \
that the file shows. What other functions did to the new object is not followed.",
    },
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let stores = context.facts.pointers.initialised.iter();
    found.extend(stores.filter(|one| !one.unpublished).map(|one| judge(context, one)));
}

fn judge(context: &Context<'_>, one: &InitStore) -> Diagnostic {
    let (pointer, value) = (in_quotes(&one.call.expression), in_quotes(&one.value));
    let arm = under(one.call.condition.as_deref());
    let (how, at, place) = match one.new {
        Newness::Allocated(at) => ("is new", at, "allocated here"),
        Newness::Written(at) => ("was written to before", at, "written here"),
    };
    // Who is given an object sets it some time; who allocates one may do so before anybody reads.
    let first = matches!(one.new, Newness::Allocated(_)) && !one.seen;
    let severity = if first { Severity::Note } else { RULE.severity };
    let message = format!(
        "{}() gives readers of {pointer} the object {value}, which {how}, without ordering{arm}; \
         publish it with rcu_assign_pointer()",
        one.call.name
    );
    let mut diagnostic = at_call(&RULE, context, &one.call, severity, message);
    let shown = diagnostic.here("shown to readers here");
    diagnostic.tell(vec![used(context, at, place.to_owned()), shown]);
    diagnostic.fix = edit(context, one);
    diagnostic
}

fn edit(context: &Context<'_>, one: &InitStore) -> Option<Fix> {
    let message = "publish it with rcu_assign_pointer()".to_owned();
    let content = "rcu_assign_pointer".to_owned();
    one.call.plain.then(|| fix(context, Applicability::Safe, message, one.call.name_span, content))
}

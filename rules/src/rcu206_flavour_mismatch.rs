//! RCU206 flavour-mismatch.

use rculint_analyzer::facts::Mismatched;
use rculint_analyzer::kernel::context::Kind;

use crate::diagnostic::{Applicability, Diagnostic, Fix, Severity};
use crate::finding::{at_call, fix, in_quotes, under, used};
use crate::rule::{Context, Docs, FixAvailability, Precision, Rule};

/// The rule.
pub(crate) static RULE: Rule = Rule {
    code: "RCU206",
    name: "flavour-mismatch",
    severity: Severity::Warning,
    fix: FixAvailability::Sometimes,
    precision: Some(Precision { right: 0, read: 0 }),
    since: "0.1.0",
    summary: "a load asks for another kind of reader section than the one it is in",
    docs: Docs {
        finds: "\
`rcu_dereference()` in a section that the function opened with `rcu_read_lock_bh()` or \
`rcu_read_lock_sched()` (or `srcu_read_lock()`), the reverse, and `srcu_dereference()` with another domain \
than the one that is held; where no section that serves is held on any way there, nor by callers in \
the file, and the function does not assert one. What another access claims does not count.",
        matters: "\
lockdep complains. Before 5.0, and for SRCU ever since, updaters wait for one kind of section alone: \
the object may be freed while it is read.",
        example: "\
struct cfg {
	int mtu;
};

struct port {
	struct cfg __rcu *cfg;
};

static int port_mtu(struct port *port)
{
	int mtu;

	rcu_read_lock_bh();
	mtu = rcu_dereference(port->cfg)->mtu;
	rcu_read_unlock_bh();
	return mtu;
}",
        instead: "\
struct cfg {
	int mtu;
};

struct port {
	struct cfg __rcu *cfg;
};

static int port_mtu(struct port *port)
{
	int mtu;

	rcu_read_lock_bh();
	mtu = rcu_dereference_bh(port->cfg)->mtu;
	rcu_read_unlock_bh();
	return mtu;
}",
        fix_safety: "\
Unsafe: the accessor follows the section; it may be the section that is wrong.",
        limits: "\
Callers in other files may hold the section that the accessor asks for, or have softirqs off.",
    },
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    found.extend(context.facts.pointers.mismatched.iter().map(|one| judge(context, one)));
}

fn judge(context: &Context<'_>, one: &Mismatched) -> Diagnostic {
    let severity = if one.consolidated { RULE.severity } else { Severity::Error };
    let section = match &one.held_domain {
        Some(domain) => format!("a reader section of `{domain}`"),
        None => format!("a section of {}()", opening(one.held)),
    };
    let advice = match (accessor(one.held), &one.domain) {
        (Some(accessor), None) => format!("use {accessor}()"),
        (_, Some(domain)) => format!("take `{domain}`, or name the domain that is held"),
        (None, None) => format!("use the accessor of that section, or {}()", opening(one.wanted)),
    };
    let message = format!(
        "{}() of {} in {section}{}; {advice}",
        one.call.name,
        in_quotes(&one.call.expression),
        under(one.call.condition.as_deref()),
    );
    let mut diagnostic = at_call(&RULE, context, &one.call, severity, message);
    if let Some(opened) = one.opened {
        let loaded = diagnostic.here("loaded here");
        let opened = used(context, opened, "the section begins here".to_owned());
        diagnostic.tell(vec![opened, loaded]);
    }
    diagnostic.fix = edit(context, one);
    diagnostic
}

fn edit(context: &Context<'_>, one: &Mismatched) -> Option<Fix> {
    let accessor = accessor(one.held).filter(|_| one.call.plain && one.domain.is_none())?;
    let message = format!("load it with {accessor}()");
    Some(fix(context, Applicability::Unsafe, message, one.call.name_span, accessor.to_owned()))
}

/// What opens a section.
fn opening(kind: Kind) -> &'static str {
    match kind {
        Kind::RcuBh => "rcu_read_lock_bh",
        Kind::RcuSched => "rcu_read_lock_sched",
        Kind::Srcu => "srcu_read_lock",
        Kind::RcuTasksTrace => "rcu_read_lock_trace",
        _ => "rcu_read_lock",
    }
}

/// What loads in a section.
fn accessor(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::Rcu => Some("rcu_dereference"),
        Kind::RcuBh => Some("rcu_dereference_bh"),
        Kind::RcuSched => Some("rcu_dereference_sched"),
        _ => None,
    }
}

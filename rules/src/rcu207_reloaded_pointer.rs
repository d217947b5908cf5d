//! RCU207 reloaded-pointer.

use rculint_analyzer::facts::Reloaded;

use crate::diagnostic::{Diagnostic, Severity};
use crate::finding::{at_call, in_quotes, under, used};
use crate::rule::{Context, Docs, FixAvailability, Precision, Rule};

/// The rule.
pub(crate) static RULE: Rule = Rule {
    code: "RCU207",
    name: "reloaded-pointer",
    severity: Severity::Warning,
    fix: FixAvailability::Never,
    precision: Some(Precision { right: 2, read: 4 }),
    since: "0.1.0",
    summary: "a pointer that was tested is loaded again to be followed",
    docs: Docs {
        finds: "\
The same `__rcu` lvalue is loaded twice for readers in one section: the first value is tested, the second is \
followed without a test of its own. Where both are followed it is a note, unless the function stores to the \
lvalue itself. Silent under a lock, which keeps updaters out, but for one that callers hold and in spite of \
which the function opens a section; and where the lvalue was stored to in between.",
        matters: "\
Between the two loads an updater can store NULL or another object. The test says nothing about the \
pointer that is followed; two objects do not belong together.",
        example: "\
struct cfg {
	int mtu;
};

struct port {
	struct cfg __rcu *cfg;
};

static int port_mtu(struct port *port)
{
	int mtu = 0;

	rcu_read_lock();
	if (rcu_access_pointer(port->cfg))
		mtu = rcu_dereference(port->cfg)->mtu;
	rcu_read_unlock();
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
	struct cfg *cfg;
	int mtu = 0;

	rcu_read_lock();
	cfg = rcu_dereference(port->cfg);
	if (cfg)
		mtu = cfg->mtu;
	rcu_read_unlock();
	return mtu;
}",
        fix_safety: "\
No edit is proposed: the variable needs a declaration and a name.",
        limits: "\
Pointers that are never stored to again once they are set cannot be told from others.",
    },
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    found.extend(context.facts.pointers.reloaded.iter().map(|one| judge(context, one)));
}

fn judge(context: &Context<'_>, one: &Reloaded) -> Diagnostic {
    let pointer = in_quotes(&one.call.expression);
    let arm = under(one.call.condition.as_deref());
    let (severity, message, place) = if one.tested {
        let message = format!(
            "{pointer} is tested as it was loaded before and followed as it is loaded here{arm}, \
             where it may be another or NULL; load it once into a local variable"
        );
        (RULE.severity, message, "loaded and tested here")
    } else {
        let message = format!(
            "{pointer} is loaded and followed twice in one section{arm}, and may be another the \
             second time; load it once into a local variable"
        );
        (Severity::Note, message, "loaded and followed here")
    };
    let mut diagnostic = at_call(&RULE, context, &one.call, severity, message);
    let again = diagnostic.here("loaded again here");
    diagnostic.tell(vec![used(context, one.first, place.to_owned()), again]);
    diagnostic
}

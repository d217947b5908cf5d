//! RCU303 unbalanced-reader.

use crate::diagnostic::{Diagnostic, Severity};
use crate::finding::{Place, diagnostic, under};
use crate::rule::{Context, Docs, FixAvailability, Precision, Rule};
use crate::section::{begun, calls, named, taken};

/// The rule.
pub(crate) static RULE: Rule = Rule {
    code: "RCU303",
    name: "unbalanced-reader",
    severity: Severity::Error,
    fix: FixAvailability::Never,
    precision: Some(Precision { right: 0, read: 0 }),
    since: "0.1.0",
    summary: "a function leaves a reader section open on some ways out, or ends it twice",
    docs: Docs {
        finds: "\
A way out of a function on which a reader section that it began (`rcu_read_lock()`, its bh, sched and \
tasks trace forms, `srcu_read_lock()` of a domain, or functions built on them) is still open, while \
others end it; or a call that ends a section a second time. Nothing is reported where all ways out \
agree, or where what the function returns tells its callers whether the section is theirs to end (a \
pointer, and NULL otherwise; zero, and an error otherwise), unless all who call it in its file leave \
it open.",
        matters: "\
A reader section that is never ended keeps every grace period from ending: synchronize_rcu() hangs and \
memory that waits to be freed piles up. One that is ended twice ends its caller's section, and the \
caller goes on with objects that can be freed under it.",
        example: "\
struct cfg {
	int mtu;
};

struct port {
	struct cfg __rcu *cfg;
};

int port_mtu(struct port *port)
{
	struct cfg *cfg;
	int mtu;

	rcu_read_lock();
	cfg = rcu_dereference(port->cfg);
	if (!cfg)
		return -22;
	mtu = cfg->mtu;
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

int port_mtu(struct port *port)
{
	struct cfg *cfg;
	int mtu = -22;

	rcu_read_lock();
	cfg = rcu_dereference(port->cfg);
	if (cfg)
		mtu = cfg->mtu;
	rcu_read_unlock();
	return mtu;
}",
        fix_safety: "There is no edit: the section may have to end before the return or a value be read first.",
        limits: "\
Functions whose ways out are too many to follow are left out, those that sparse's annotations \
(`__acquires`, `__releases`) call by design, and those where a call through a pointer may make up the \
difference.",
    },
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for one in &context.facts.sections.unbalanced {
        let (_, unlock) = calls(&one.section);
        let section = named(&one.section);
        let arm = under(one.condition.as_deref());
        let message = if one.released {
            format!(
                "{section} is ended here{arm} that has ended before on some ways; end it once on \
                 each way"
            )
        } else {
            format!(
                "the function is left here{arm} with {section} that other ways out end; call \
                 {unlock}() first"
            )
        };
        let place = Place {
            function: one.function.as_deref(),
            span: one.span,
            expression: &one.expression,
            definition: None,
        };
        let mut finding = diagnostic(&RULE, context, &place, RULE.severity, message);
        let end = if one.released { "ended here" } else { "the function is left here" };
        begun(&mut finding, taken(context, &one.taken, "the section begins here"), end, Vec::new());
        found.push(finding);
    }
}

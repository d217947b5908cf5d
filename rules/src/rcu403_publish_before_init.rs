//! RCU403 publish-before-init.

use crate::diagnostic::{Diagnostic, Severity};
use crate::finding::{Place, diagnostic, in_quotes, under, used};
use crate::rule::{Context, Docs, FixAvailability, Precision, Rule};

/// The rule.
pub(crate) static RULE: Rule = Rule {
    code: "RCU403",
    name: "publish-before-init",
    severity: Severity::Error,
    fix: FixAvailability::Never,
    precision: Some(Precision { right: 11, read: 13 }),
    since: "0.1.0",
    summary: "a new object is shown to readers before all of it is set",
    docs: Docs {
        finds: "\
A store to a member of an object that the function allocated and has already shown to readers: it was \
stored with `rcu_assign_pointer()`, or put into a list with `list_add_rcu()` or its like, on every way \
there, and no grace period was waited for since. Readers look at that member: in the same file it is \
read in a reader section, or behind a pointer that readers load or walk to. The first such store is \
reported.",
        matters: "\
`rcu_assign_pointer()` and `list_add_rcu()` promise that readers see everything that was stored before \
them, and nothing else. A reader that finds the object at once sees the member as the allocator left it.",
        example: "\
struct cfg {
	int mtu;
	int id;
};

struct port {
	struct cfg __rcu *cfg;
};

int port_mtu(struct port *port)
{
	struct cfg *cfg;
	int mtu = 0;

	rcu_read_lock();
	cfg = rcu_dereference(port->cfg);
	if (cfg)
		mtu = cfg->mtu;
	rcu_read_unlock();
	return mtu;
}

int port_setup(struct port *port, int mtu, int id)
{
	struct cfg *cfg = kmalloc(sizeof(*cfg), GFP_KERNEL);

	if (!cfg)
		return -ENOMEM;
	cfg->id = id;
	rcu_assign_pointer(port->cfg, cfg);
	cfg->mtu = mtu;
	return 0;
}",
        instead: "\
struct cfg {
	int mtu;
	int id;
};

struct port {
	struct cfg __rcu *cfg;
};

int port_mtu(struct port *port)
{
	struct cfg *cfg;
	int mtu = 0;

	rcu_read_lock();
	cfg = rcu_dereference(port->cfg);
	if (cfg)
		mtu = cfg->mtu;
	rcu_read_unlock();
	return mtu;
}

int port_setup(struct port *port, int mtu, int id)
{
	struct cfg *cfg = kmalloc(sizeof(*cfg), GFP_KERNEL);

	if (!cfg)
		return -ENOMEM;
	cfg->id = id;
	cfg->mtu = mtu;
	rcu_assign_pointer(port->cfg, cfg);
	return 0;
}",
        fix_safety: "There is no edit: what stands in between may depend on the order.",
        limits: "\
Only stores by assignment, of values other than NULL, in the function that allocates and publishes. \
Readers in other files, and those that copy the whole object, are not seen. That nobody can find yet \
what the object was stored in, is not seen either. Who calls `smp_wmb()` behind the publication is \
taken to tell readers otherwise when the object is complete.",
    },
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for one in &context.facts.lifetime.late {
        let message = format!(
            "{} is set{} after {} was shown to readers; set it before",
            in_quotes(&one.expression),
            under(one.condition.as_deref()),
            in_quotes(&one.object)
        );
        let place = Place {
            function: one.function.as_deref(),
            span: one.span,
            expression: &one.expression,
            definition: None,
        };
        let mut finding = diagnostic(&RULE, context, &place, RULE.severity, message);
        let set = finding.here("set here");
        finding.tell(vec![used(context, one.shown, "shown to readers here".to_owned()), set]);
        found.push(finding);
    }
}

//! RCU305 wait-in-reader.

use rculint_analyzer::facts::Waiting;

use crate::diagnostic::{Diagnostic, Severity};
use crate::finding::under;
use crate::rule::{Context, Docs, FixAvailability, Precision, Rule};
use crate::section::{called, named, sleeping};

/// The rule.
pub(crate) static RULE: Rule = Rule {
    code: "RCU305",
    name: "wait-in-reader",
    severity: Severity::Error,
    fix: FixAvailability::Never,
    precision: Some(Precision { right: 0, read: 0 }),
    since: "0.1.0",
    summary: "a grace period is waited for in a reader section, or where nothing may sleep",
    docs: Docs {
        finds: "\
`synchronize_rcu()`, `synchronize_net()`, `rcu_barrier()`, `kfree_rcu_mightsleep()` and their kind in a \
reader section of plain RCU, RCU-bh or RCU-sched, `synchronize_srcu()` in a reader section of the same \
domain; or any of them where nothing may sleep: under a spinlock, with preemption, softirqs or \
interrupts off, in a function that the kernel calls so (an RCU callback, a timer). So for functions \
that can be seen to come to such a call unless they return early.",
        matters: "\
The grace period waits for the reader, and the reader for the grace period: the task hangs for ever. \
Under a spinlock or with softirqs off the wait schedules where that is not allowed.",
        example: "\
#include <linux/slab.h>

struct cfg {
	int mtu;
};

struct port {
	struct cfg __rcu *cfg;
};

void port_reset(struct port *port)
{
	struct cfg *cfg;

	rcu_read_lock();
	cfg = rcu_replace_pointer(port->cfg, NULL, true);
	synchronize_rcu();
	kfree(cfg);
	rcu_read_unlock();
}",
        instead: "\
#include <linux/slab.h>

struct cfg {
	int mtu;
};

struct port {
	struct cfg __rcu *cfg;
};

void port_reset(struct port *port)
{
	struct cfg *cfg = rcu_replace_pointer(port->cfg, NULL, true);

	synchronize_rcu();
	kfree(cfg);
}",
        fix_safety: "There is no edit: the wait has to move behind the section, or become a callback.",
        limits: "\
What functions of other files do is known only for those of the table. Domains of SRCU are compared as \
they are written.",
    },
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for one in &context.facts.sections.sleeping {
        let section = format!("{}{}", named(&one.section), under(one.condition.as_deref()));
        let called = called(one);
        let message = match one.waiting {
            Waiting::No => continue,
            Waiting::ForSection => format!(
                "{called} waits for readers, in {section}; wait after the section, or leave it to a \
                 callback"
            ),
            Waiting::ForOthers => format!(
                "{called} sleeps until a grace period is over, in {section}; wait where sleeping is \
                 allowed, or leave it to a callback"
            ),
        };
        found.push(sleeping(&RULE, context, one, message));
    }
}

//! RCU304 sleep-in-reader.

use rculint_analyzer::facts::Waiting;

use crate::diagnostic::{Diagnostic, Severity};
use crate::finding::under;
use crate::rule::{Context, Docs, FixAvailability, Precision, Rule};
use crate::section::{called, named, sleeping};

/// The rule.
pub(crate) static RULE: Rule = Rule {
    code: "RCU304",
    name: "sleep-in-reader",
    severity: Severity::Error,
    fix: FixAvailability::Never,
    precision: Some(Precision { right: 9, read: 9 }),
    since: "0.1.0",
    summary: "something that may sleep is called in a reader section",
    docs: Docs {
        finds: "\
A call that may sleep (an allocation with `GFP_KERNEL`, a mutex, an access to user space, \
`schedule()`, `cond_resched()`, ...) in a reader section of plain RCU, RCU-bh or RCU-sched that the \
function began itself and that is held on every way to the call. So for functions and macros that can \
be seen to come to such a call unless they return early. SRCU and RCU tasks trace allow readers to \
sleep. Code that asks whether it may sleep (`in_atomic()`, `gfpflags_allow_blocking()`) is left alone.",
        matters: "\
Where readers are not preempted, a task that sleeps counts as one that has left its section: the grace \
period ends and the object is freed while the reader still uses it. Where they are preempted, the \
section lasts as long as the sleep, and so does every grace period.",
        example: "\
#include <linux/slab.h>

struct cfg {
	int mtu;
};

struct port {
	struct cfg __rcu *cfg;
};

struct cfg *port_copy(struct port *port)
{
	struct cfg *copy;

	rcu_read_lock();
	copy = kmalloc(sizeof(*copy), GFP_KERNEL);
	if (copy)
		*copy = *rcu_dereference(port->cfg);
	rcu_read_unlock();
	return copy;
}",
        instead: "\
#include <linux/slab.h>

struct cfg {
	int mtu;
};

struct port {
	struct cfg __rcu *cfg;
};

struct cfg *port_copy(struct port *port)
{
	struct cfg *copy = kmalloc(sizeof(*copy), GFP_KERNEL);

	if (!copy)
		return copy;
	rcu_read_lock();
	*copy = *rcu_dereference(port->cfg);
	rcu_read_unlock();
	return copy;
}",
        fix_safety: "There is no edit: the call has to move, or to be replaced by one that does not sleep.",
        limits: "\
What functions of other files do is known only for those of the table, and what an argument that is a \
variable says (`kmalloc(size, gfp)`) not at all.",
    },
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for one in context.facts.sections.sleeping.iter().filter(|one| one.waiting == Waiting::No) {
        let message = format!(
            "{} may sleep, in {}{}; call it outside the section, or use a form that does not sleep",
            called(one),
            named(&one.section),
            under(one.condition.as_deref()),
        );
        found.push(sleeping(&RULE, context, one, message));
    }
}

//! RCU405 grace-period-then-work.

use rculint_analyzer::facts::CallbackDoes;

use crate::diagnostic::{Diagnostic, Severity};
use crate::finding::{does_nothing_but, in_quotes};
use crate::rule::{Context, Docs, FixAvailability, Precision, Rule};

/// The rule.
pub(crate) static RULE: Rule = Rule {
    code: "RCU405",
    name: "grace-period-then-work",
    severity: Severity::Warning,
    fix: FixAvailability::Never,
    precision: Some(Precision { right: 2, read: 2 }),
    since: "0.1.0",
    summary: "a function given to `call_rcu()` does nothing but queue a work",
    docs: Docs {
        finds: "\
A static function that is given to `call_rcu()`, finds the object around its `struct rcu_head` with \
`container_of()`, and does nothing but queue a work of that object (`schedule_work()`, `queue_work()`), \
perhaps behind `INIT_WORK()`. It is found where the function is given to plain `call_rcu()` alone, nobody \
calls it, and the file uses the work for nothing else.",
        matters: "\
`queue_rcu_work()` does the same: it waits for a grace period and then runs a work. The object needs one \
`struct rcu_work` in place of a head and a work, and no function of its own runs in between, where it may \
not sleep and has to be waited for with `rcu_barrier()`.",
        example: "\
#include <linux/workqueue.h>

struct peer {
	struct rcu_head rcu;
	struct work_struct work;
};

static void peer_end(struct work_struct *work)
{
	kfree(container_of(work, struct peer, work));
}

static void peer_gone(struct rcu_head *head)
{
	struct peer *peer = container_of(head, struct peer, rcu);

	INIT_WORK(&peer->work, peer_end);
	schedule_work(&peer->work);
}

void peer_put(struct peer *peer)
{
	call_rcu(&peer->rcu, peer_gone);
}",
        instead: "\
#include <linux/workqueue.h>

struct peer {
	struct rcu_work rwork;
};

static void peer_end(struct work_struct *work)
{
	kfree(container_of(to_rcu_work(work), struct peer, rwork));
}

void peer_put(struct peer *peer)
{
	INIT_RCU_WORK(&peer->rwork, peer_end);
	queue_rcu_work(system_wq, &peer->rwork);
}",
        fix_safety: "There is no edit: the structure, the function of the work and all that prepares them change.",
        limits: "\
`queue_rcu_work()` does nothing where the work is still pending, and what it queued cannot be cancelled \
before the grace period is over. Uses of the work in other files are not seen.",
    },
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for one in &context.facts.lifetime.callbacks {
        let CallbackDoes::Queues { by, work } = &one.does else { continue };
        let work = in_quotes(work.trim_start_matches('&'));
        let instead = "use a struct rcu_work and queue_rcu_work()";
        let what = format!("queue {work} with {by}(); {instead}");
        found.extend(does_nothing_but(&RULE, context, one, &what));
    }
}

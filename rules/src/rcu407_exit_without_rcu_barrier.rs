//! RCU407 exit-without-rcu-barrier.

use rculint_analyzer::facts::{Exit, Wait};
use rculint_analyzer::text::directives::condition_at;

use crate::diagnostic::{Diagnostic, Severity};
use crate::finding::{Place, diagnostic, related, under, used};
use crate::rule::{Context, Docs, FixAvailability, Precision, Rule};

/// The rule.
pub(crate) static RULE: Rule = Rule {
    code: "RCU407",
    name: "exit-without-rcu-barrier",
    severity: Severity::Error,
    fix: FixAvailability::Never,
    precision: Some(Precision { right: 30, read: 32 }),
    since: "0.1.0",
    summary: "a module goes without waiting for its functions that are still to be called",
    docs: Docs {
        finds: "\
The function that ends a loadable module (`module_exit()`, or a macro that makes one, such as \
`module_pci_driver()`), where the module gives functions of its own to `call_rcu()`, `call_srcu()` or \
`call_rcu_tasks*()`, or to a member that the kernel calls behind a grace period \
(`super_operations.free_inode`), and nothing that is reached from there waits for them with \
`rcu_barrier()`, `srcu_barrier()` or `rcu_barrier_tasks*()`. Functions of the kernel that are known to wait \
(`unregister_pernet_subsys()`) count. Which files make up a module, and whether it can be one at all, is \
read off the Kbuild and Kconfig files.",
        matters: "\
What was given to `call_rcu()` is called some time after the next grace period. By then the module's code \
is gone, and so is the cache that it frees objects to. `synchronize_rcu()` is no substitute: it waits for \
readers, not for callbacks. `kfree_rcu()` needs none.",
        example: "\
#include <linux/module.h>

struct peer {
	int *stats;
	struct rcu_head rcu;
};

static void peer_free(struct rcu_head *head)
{
	struct peer *peer = container_of(head, struct peer, rcu);

	kfree(peer->stats);
	kfree(peer);
}

void peer_put(struct peer *peer)
{
	call_rcu(&peer->rcu, peer_free);
}

static void peers_exit(void)
{
}
module_exit(peers_exit);",
        instead: "\
#include <linux/module.h>

struct peer {
	int *stats;
	struct rcu_head rcu;
};

static void peer_free(struct rcu_head *head)
{
	struct peer *peer = container_of(head, struct peer, rcu);

	kfree(peer->stats);
	kfree(peer);
}

void peer_put(struct peer *peer)
{
	call_rcu(&peer->rcu, peer_free);
}

static void peers_exit(void)
{
	rcu_barrier();
}
module_exit(peers_exit);",
        fix_safety: "There is no edit: the place is behind whatever keeps new callbacks from being posted, and \
before the caches are destroyed.",
        limits: "\
What is reached from the exit is taken generously, by every name that is mentioned on the way: a wait that \
is reached on some way only is taken for one. Callbacks of headers of other folders, and modules whose \
Makefile lists their parts by functions of make, are not seen. That no object is left when the module can \
go, because each holds a reference on it until long after its callback, is not seen either.",
    },
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for one in &context.facts.lifetime.exits {
        let place = Place {
            function: one.function.as_deref(),
            span: one.span,
            expression: &one.name,
            definition: None,
        };
        let mut finding = diagnostic(&RULE, context, &place, RULE.severity, message(context, one));
        let mut steps = vec![finding.here("the module goes, and does not wait")];
        let gone = "the cache of its objects may go here";
        steps.extend(one.destroyed.iter().map(|span| used(context, *span, gone.to_owned())));
        let posted =
            one.posted.iter().map(|posted| related(&posted.at, "called after a grace period"));
        steps.extend(posted);
        finding.tell(steps);
        found.push(finding);
    }
}

fn message(context: &Context<'_>, one: &Exit) -> String {
    let arm = under(condition_at(context.source.bytes(), one.span.start).as_deref());
    let functions: Vec<String> =
        one.posted.iter().map(|posted| format!("{}()", posted.at.name)).collect();
    let waits: Vec<&str> = one.posted.iter().map(|posted| barrier(posted.waits)).collect();
    let who = match one.function {
        Some(_) => format!("{}()", one.name),
        None => format!("the end of the module of {}", one.name),
    };
    format!(
        "{who} does not wait for {}, which may still be called after a grace period{arm}; use {}",
        functions.join(" and "),
        waits.join(" and ")
    )
}

/// What waits for callbacks of a kind.
fn barrier(waits: Wait) -> &'static str {
    match waits {
        Wait::Rcu | Wait::Callbacks => "rcu_barrier()",
        Wait::Srcu => "srcu_barrier()",
        Wait::RcuTasks => "rcu_barrier_tasks()",
        Wait::RcuTasksTrace => "rcu_barrier_tasks_trace()",
    }
}

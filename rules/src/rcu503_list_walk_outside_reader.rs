//! RCU503 list-walk-outside-reader.

use rculint_analyzer::facts::WhyBare;

use crate::diagnostic::{Diagnostic, Severity};
use crate::finding::{Place, diagnostic, in_quotes, related, under};
use crate::rule::{Context, Docs, FixAvailability, Precision, Rule};

/// The rule.
pub(crate) static RULE: Rule = Rule {
    code: "RCU503",
    name: "list-walk-outside-reader",
    severity: Severity::Error,
    fix: FixAvailability::Never,
    precision: Some(Precision { right: 48, read: 48 }),
    since: "0.1.0",
    summary: "An RCU list is walked with no reader section and no lock",
    docs: Docs {
        finds: "\
`list_for_each_entry_rcu()` and its kin, without the argument that says what protects the walk, where \
nothing is held: no reader section of any kind, no lock, no assertion; and on one way there at least no \
caller holds anything either, up to where the kernel enters the code in process context. A list of the \
function's own is left out.",
        matters: "\
Nothing keeps the element that the loop stands on from being freed, nor the next one.",
        example: "\
#include <linux/list.h>
#include <linux/syscalls.h>

struct peer {
	struct list_head node;
	int id;
};

static LIST_HEAD(peers);

SYSCALL_DEFINE1(has_peer, int, id)
{
	struct peer *peer;

	list_for_each_entry_rcu(peer, &peers, node) {
		if (peer->id == id)
			return 1;
	}
	return 0;
}",
        instead: "\
#include <linux/list.h>
#include <linux/syscalls.h>

struct peer {
	struct list_head node;
	int id;
};

static LIST_HEAD(peers);

SYSCALL_DEFINE1(has_peer, int, id)
{
	struct peer *peer;
	int found = 0;

	rcu_read_lock();
	list_for_each_entry_rcu(peer, &peers, node) {
		if (peer->id == id)
			found = 1;
	}
	rcu_read_unlock();
	return found;
}",
        fix_safety: "No edit is proposed: where the section must end depends on what the loop finds.",
        limits: "\
Callers in other files are looked for among the files that are checked together. Where none is known to \
hold nothing there is no finding. Code that runs before anybody else can, or after \
everybody is gone, needs no protection, nor does a list that nothing is ever taken off; that is not told \
apart. The iterator's last argument can say so.",
    },
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let walks = context.facts.lists.walks.iter();
    for walk in walks.filter(|walk| walk.rcu && !walk.justified) {
        let Some(why) = &walk.bare else { continue };
        let what = match &walk.list {
            Some(list) => in_quotes(list),
            None => "a list".to_owned(),
        };
        let arm = under(walk.condition.as_deref());
        let message = format!(
            "{}() walks {what} with no reader section and no lock{arm}; take rcu_read_lock() around \
             the walk and the use of what it finds",
            walk.iterator
        );
        let place = Place {
            function: walk.function.as_deref(),
            span: walk.span,
            expression: &walk.expression,
            definition: None,
        };
        let mut finding = diagnostic(&RULE, context, &place, RULE.severity, message);
        if let WhyBare::Elsewhere(caller) = why {
            let walked = finding.here("walked here");
            let calls = related(caller, "this function calls it, with nothing held");
            finding.tell(vec![calls, walked]);
        }
        found.push(finding);
    }
}

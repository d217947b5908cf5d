//! RCU502 plain-list-change.

use rculint_analyzer::facts::ListChange;

use crate::diagnostic::{Applicability, Diagnostic, Severity};
use crate::finding::{Place, diagnostic, fix, in_quotes, related, under};
use crate::rule::{Context, Docs, FixAvailability, Precision, Rule};

/// The rule.
pub(crate) static RULE: Rule = Rule {
    code: "RCU502",
    name: "plain-list-change",
    severity: Severity::Error,
    fix: FixAvailability::Sometimes,
    precision: Some(Precision { right: 9, read: 9 }),
    since: "0.1.0",
    summary: "An element is put into a list that readers walk with a plain call",
    docs: Docs {
        finds: "\
`list_add()`, `list_add_tail()`, `hlist_add_head()`, `list_replace()` and their kin on a list that \
readers walk with an `_rcu` iterator in the same file or in a header that it includes. The list must be \
one that readers can reach: not a local one, nor one in an object that the function has just \
allocated or whose list it has just initialised, nor one that is changed with no lock known to be held: \
nothing keeps other updaters away there, so it is most likely not shared yet. A list is known by the \
declaration of its head and of the member that links its elements, not by their names.",
        matters: "\
The plain forms make the element reachable without ordering that after the stores that initialised it: a \
reader that finds it may see what was in its memory before.",
        example: "\
#include <linux/list.h>
#include <linux/spinlock.h>

struct peer {
	struct list_head node;
	int id;
};

struct port {
	struct list_head peers;
	spinlock_t lock;
};

static void port_add(struct port *port, struct peer *peer, int id)
{
	peer->id = id;
	spin_lock(&port->lock);
	list_add(&peer->node, &port->peers);
	spin_unlock(&port->lock);
}

static void port_del(struct peer *peer)
{
	list_del_rcu(&peer->node);
}

static int port_has(struct port *port, int id)
{
	struct peer *peer;
	int found = 0;

	rcu_read_lock();
	list_for_each_entry_rcu(peer, &port->peers, node) {
		if (peer->id == id)
			found = 1;
	}
	rcu_read_unlock();
	return found;
}",
        instead: "\
#include <linux/list.h>
#include <linux/spinlock.h>

struct peer {
	struct list_head node;
	int id;
};

struct port {
	struct list_head peers;
	spinlock_t lock;
};

static void port_add(struct port *port, struct peer *peer, int id)
{
	peer->id = id;
	spin_lock(&port->lock);
	list_add_rcu(&peer->node, &port->peers);
	spin_unlock(&port->lock);
}

static void port_del(struct peer *peer)
{
	list_del_rcu(&peer->node);
}

static int port_has(struct port *port, int id)
{
	struct peer *peer;
	int found = 0;

	rcu_read_lock();
	list_for_each_entry_rcu(peer, &port->peers, node) {
		if (peer->id == id)
			found = 1;
	}
	rcu_read_unlock();
	return found;
}",
        fix_safety: "\
Safe: the form for readers takes the same arguments and does the same, in order. None is proposed for \
what has no such form (`list_move()`): a reader on the moved element would go on in another list.",
        limits: "\
Only the file and its headers show who walks the list. Removal is not looked at: what matters there is \
when the element is freed. Code that runs once while the kernel boots or a module is loaded (`__init`) \
is left out.",
    },
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    // Who changes a list that others can reach keeps other updaters away: without a lock the list is
    // most likely not shared yet, or no longer.
    let locked =
        |one: &ListChange| one.context.locks().next().is_some() || one.context.locks_vary();
    let live = context.facts.lists.changes.iter().filter(|one| !one.initial && !one.moves);
    found.extend(live.filter(|one| locked(one)).map(|one| change(context, one)));
}

fn change(context: &Context<'_>, one: &ListChange) -> Diagnostic {
    let what = match &one.list {
        Some(list) => in_quotes(list),
        None => "the list".to_owned(),
    };
    let arm = under(one.condition.as_deref());
    let advice = match &one.twin {
        Some(twin) => format!("use {twin}()"),
        None => "take it out, wait for a grace period and put it in with an _rcu call".to_owned(),
    };
    let message = format!("{}() changes {what}, which readers walk{arm}; {advice}", one.call);
    let place = Place {
        function: one.function.as_deref(),
        span: one.span,
        expression: &one.expression,
        definition: None,
    };
    let mut diagnostic = diagnostic(&RULE, context, &place, RULE.severity, message);
    diagnostic.related.push(related(&one.readers.0, "walked for readers here"));
    diagnostic.fix = one.twin.as_deref().map(|twin| {
        let message = format!("replace {}() with {twin}()", one.call);
        fix(context, Applicability::Safe, message, one.span, twin.to_owned())
    });
    diagnostic
}

//! RCU501 plain-list-walk.

use rculint_analyzer::facts::{By, ListWalk};

use crate::diagnostic::{Applicability, Diagnostic, Fix, Severity};
use crate::finding::{Place, diagnostic, fix, in_quotes, related, under};
use crate::rule::{Context, Docs, FixAvailability, Precision, Rule};

/// The rule.
pub(crate) static RULE: Rule = Rule {
    code: "RCU501",
    name: "plain-list-walk",
    severity: Severity::Error,
    fix: FixAvailability::Sometimes,
    precision: Some(Precision { right: 10, read: 10 }),
    since: "0.1.0",
    summary: "A reader walks an RCU list with a plain iterator",
    docs: Docs {
        finds: "\
`list_for_each_entry()` and its kin in a reader section, with no lock held, over a list that is walked \
with an `_rcu` iterator, or changed with `_rcu` calls, elsewhere in the file or in a header that it \
includes. A list is known by the declaration of its head and of the member that links its elements, \
not by their names. A loop with no form for readers that changes the list, itself or in a \
function that it names, is an updater's.",
        matters: "\
The plain iterators load the links as if nobody changed them. An updater may: the compiler may load a \
link twice and find two different elements, and on weakly ordered machines the reader may see an element \
before its contents.",
        example: "\
#include <linux/list.h>

struct peer {
	struct list_head node;
	int id;
};

struct port {
	struct list_head peers;
};

static void port_add(struct port *port, struct peer *peer)
{
	list_add_rcu(&peer->node, &port->peers);
}

static int port_has(struct port *port, int id)
{
	struct peer *peer;
	int found = 0;

	rcu_read_lock();
	list_for_each_entry(peer, &port->peers, node) {
		if (peer->id == id)
			found = 1;
	}
	rcu_read_unlock();
	return found;
}",
        instead: "\
#include <linux/list.h>

struct peer {
	struct list_head node;
	int id;
};

struct port {
	struct list_head peers;
};

static void port_add(struct port *port, struct peer *peer)
{
	list_add_rcu(&peer->node, &port->peers);
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
Unsafe: the form for readers takes the same arguments, but a loop that changes the list (`_safe`) or runs \
backwards has no such form, and none is proposed for it.",
        limits: "\
Only the file and its headers show who else uses the list. A list that the file fills with plain calls only \
is taken to be whole before readers see it. A list whose head is a parameter is known \
only if its elements are never linked into another one. A lock that whoever calls holds counts if all \
callers are in the file.",
    },
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    found.extend(context.facts.lists.walks.iter().filter_map(|walk| one(context, walk)));
}

fn one(context: &Context<'_>, walk: &ListWalk) -> Option<Diagnostic> {
    let (readers, walked) = walk.readers.as_ref().filter(|_| !walk.rcu)?;
    let reader = walk.context.readers().any(|held| held.kind.is_rcu() && held.by == By::Taken);
    // A lock that some callers hold says little: others may call it as a reader.
    let sure = |by| by != By::Callers || walk.context.all_callers;
    let locked = walk.context.locks().any(|held| sure(held.by));
    if !reader || locked || walk.context.locks_vary() || walk.context.lost {
        return None;
    }
    let what = match &walk.list {
        Some(list) => in_quotes(list),
        None => "the list".to_owned(),
    };
    let arm = under(walk.condition.as_deref());
    let advice = match &walk.twin {
        Some(twin) => format!("use {twin}()"),
        None => "walk it with an _rcu iterator".to_owned(),
    };
    let message =
        format!("a reader walks the RCU list {what} with {}(){arm}; {advice}", walk.iterator);
    let place = Place {
        function: walk.function.as_deref(),
        span: walk.span,
        expression: &walk.expression,
        definition: None,
    };
    let mut diagnostic = diagnostic(&RULE, context, &place, RULE.severity, message);
    let elsewhere = if *walked { "walked for readers here" } else { "changed under readers here" };
    diagnostic.related.push(related(readers, elsewhere));
    diagnostic.fix = walk.twin.as_deref().map(|twin| replaced(context, walk, twin));
    Some(diagnostic)
}

fn replaced(context: &Context<'_>, walk: &ListWalk, twin: &str) -> Fix {
    let message = format!("replace {}() with {twin}()", walk.iterator);
    fix(context, Applicability::Unsafe, message, walk.span, twin.to_owned())
}

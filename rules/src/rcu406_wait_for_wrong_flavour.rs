//! RCU406 wait-for-wrong-flavour.

use rculint_analyzer::facts::{SeenBy, Wait, Waited, WrongWait};
use rculint_analyzer::kernel::context::Kind;

use crate::diagnostic::{Diagnostic, Severity};
use crate::finding::{Place, diagnostic, in_quotes, under, used};
use crate::rule::{Context, Docs, FixAvailability, Precision, Rule};

/// The rule.
pub(crate) static RULE: Rule = Rule {
    code: "RCU406",
    name: "wait-for-wrong-flavour",
    severity: Severity::Error,
    fix: FixAvailability::Never,
    precision: Some(Precision { right: 3, read: 3 }),
    since: "0.1.0",
    summary: "an object's end waits for other readers than those that may see it",
    docs: Docs {
        finds: "\
An object that is taken out of an `__rcu` pointer or an RCU list, and then freed, or handed to `kfree_rcu()`, \
`call_rcu()` or `call_srcu()`, where

- all that is waited for in between is `rcu_barrier()` or `srcu_barrier()`, and nothing was put behind a \
grace period since it was hidden: a barrier waits for callbacks, and where none is pending for nothing; or
- the file loads that pointer, or walks that list, in a section of another flavour than the one that is \
waited for: with `srcu_read_lock()` of a domain where only RCU's own readers or those of another domain \
are waited for, with `rcu_read_lock()` where only a domain is, with `rcu_read_lock_trace()` where \
neither waits for it.

Where the object ends elsewhere, the wait itself is reported, if the file shows readers that it does not \
wait for, and that holds for all that the function has hidden before it.",
        matters: "\
A grace period of one flavour says nothing about readers of another. SRCU readers may sleep for \
seconds in a section that `synchronize_rcu()` has never heard of; the object is freed under them.",
        example: "\
struct cfg {
	int mtu;
};

struct port {
	struct cfg __rcu *cfg;
	struct srcu_struct srcu;
	struct mutex lock;
};

static int port_mtu(struct port *port)
{
	int idx, mtu;

	idx = srcu_read_lock(&port->srcu);
	mtu = srcu_dereference(port->cfg, &port->srcu)->mtu;
	srcu_read_unlock(&port->srcu, idx);
	return mtu;
}

static void port_replace(struct port *port, struct cfg *new)
{
	struct cfg *old;

	old = rcu_replace_pointer(port->cfg, new, lockdep_is_held(&port->lock));
	synchronize_rcu();
	kfree(old);
}",
        instead: "\
struct cfg {
	int mtu;
};

struct port {
	struct cfg __rcu *cfg;
	struct srcu_struct srcu;
	struct mutex lock;
};

static int port_mtu(struct port *port)
{
	int idx, mtu;

	idx = srcu_read_lock(&port->srcu);
	mtu = srcu_dereference(port->cfg, &port->srcu)->mtu;
	srcu_read_unlock(&port->srcu, idx);
	return mtu;
}

static void port_replace(struct port *port, struct cfg *new)
{
	struct cfg *old;

	old = rcu_replace_pointer(port->cfg, new, lockdep_is_held(&port->lock));
	synchronize_srcu(&port->srcu);
	kfree(old);
}",
        fix_safety: "There is no edit: the readers may be the ones that are wrong.",
        limits: "\
What is hidden, waited for and freed must stand in one function, the readers in the same file, outside \
locks, in a section that is held on every way there. RCU's own flavours count as one, as they are from \
5.0 on, and a wait for `rcu_read_lock_trace()` as one for RCU as well. Where the function puts the \
object behind another grace period on another way, or a callback goes on to another one, it is taken to \
know.",
    },
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    found.extend(context.facts.lifetime.wrong.iter().map(|one| judge(context, one)));
}

fn judge(context: &Context<'_>, one: &WrongWait) -> Diagnostic {
    let name = in_quotes(&one.expression);
    let arm = under(one.condition.as_deref());
    let waits = names(&one.waits);
    let message = match (&one.reader, &one.callee) {
        (None, _) => format!(
            "{name} is freed{arm} behind {waits}, which waits for no reader; use synchronize_rcu()"
        ),
        (Some(reader), None) => format!(
            "{waits} does not wait{arm} for readers under {}, which may still see what {name} led \
             to; use {}",
            section(reader),
            instead(reader)
        ),
        (Some(reader), Some(_)) => format!(
            "{name} goes{arm} with {waits}, which does not wait for readers under {}; use {}",
            section(reader),
            instead(reader)
        ),
    };
    let place = Place {
        function: one.function.as_deref(),
        span: one.span,
        expression: &one.expression,
        definition: None,
    };
    let mut finding = diagnostic(&RULE, context, &place, RULE.severity, message);
    let mut steps = Vec::new();
    if let Some(reader) = &one.reader {
        let words = format!("seen by readers under {} here", section(reader));
        steps.push(used(context, reader.span, words));
    }
    steps.push(used(context, one.hidden, "taken from new readers here".to_owned()));
    let before = one.waits.iter().filter(|wait| wait.span != one.span);
    steps.extend(before.map(|wait| used(context, wait.span, format!("{} here", waits_for(wait)))));
    steps.push(finding.here(if one.callee.is_some() { "freed here" } else { "waited here" }));
    finding.tell(steps);
    finding
}

/// `synchronize_rcu()`, `synchronize_srcu(&port->srcu) and kfree_rcu()`.
fn names(waits: &[Waited]) -> String {
    let mut names: Vec<String> = waits
        .iter()
        .map(|wait| match &wait.domain {
            Some(domain) if wait.name.starts_with("synchronize") => {
                format!("{}({domain})", wait.name)
            }
            _ => format!("{}()", wait.name),
        })
        .collect();
    names.dedup();
    names.join(" and ")
}

fn waits_for(wait: &Waited) -> &'static str {
    match wait.what {
        Wait::Rcu => "waits for readers of RCU",
        Wait::Srcu => "waits for readers of a domain",
        Wait::RcuTasks => "waits for tasks",
        Wait::RcuTasksTrace => "waits for readers under rcu_read_lock_trace()",
        Wait::Callbacks => "waits for callbacks",
    }
}

fn section(reader: &SeenBy) -> String {
    match (reader.section, &reader.domain) {
        (Kind::Srcu, Some(domain)) => format!("srcu_read_lock({domain})"),
        (Kind::Srcu, None) => "srcu_read_lock()".to_owned(),
        (Kind::RcuTasksTrace, _) => "rcu_read_lock_trace()".to_owned(),
        (Kind::RcuBh, _) => "rcu_read_lock_bh()".to_owned(),
        (Kind::RcuSched, _) => "rcu_read_lock_sched()".to_owned(),
        (Kind::Preempt, _) => "preempt_disable()".to_owned(),
        (Kind::Bh, _) => "local_bh_disable()".to_owned(),
        (Kind::Irq, _) => "local_irq_disable()".to_owned(),
        _ => "rcu_read_lock()".to_owned(),
    }
}

fn instead(reader: &SeenBy) -> &'static str {
    match reader.section {
        Kind::Srcu => "synchronize_srcu() or call_srcu()",
        Kind::RcuTasksTrace => "synchronize_rcu_tasks_trace() or call_rcu_tasks_trace()",
        _ => "synchronize_rcu() or call_rcu()",
    }
}

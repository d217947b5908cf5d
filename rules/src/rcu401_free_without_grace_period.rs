//! RCU401 free-without-grace-period.

use rculint_analyzer::facts::FreedNow;

use crate::diagnostic::{Diagnostic, Severity};
use crate::finding::{Place, diagnostic, in_quotes, related, under, used};
use crate::rule::{Context, Docs, FixAvailability, Precision, Rule};

/// The rule.
pub(crate) static RULE: Rule = Rule {
    code: "RCU401",
    name: "free-without-grace-period",
    severity: Severity::Error,
    fix: FixAvailability::Never,
    precision: Some(Precision { right: 4, read: 4 }),
    since: "0.1.0",
    summary: "an object is freed while readers may still see it",
    docs: Docs {
        finds: "\
An object that is freed at once (`kfree()`, `kmem_cache_free()`, a function that comes to one), though

- the function has just taken it out of what readers walk (`list_del_rcu()`, a store of something else \
to the `__rcu` pointer it was loaded from), and nothing waits for them in between; of lists only where \
readers are seen to walk one of such objects, or the structure has a member for a grace period; or
- its structure has a `struct rcu_head` or `struct rcu_work`, for freeing it behind a grace period, that \
nothing uses; or
- a function that takes a `struct rcu_head`, and so is made to be called behind a grace period, is called \
directly, and given to `call_rcu()` nowhere; or
- the work of a `struct rcu_work` is queued with `queue_work()`, which waits for nobody.

Related places tell where it was hidden, and the member meant for it.",
        matters: "\
A reader that found the object before it was hidden still uses it: it reads freed memory, or what \
somebody else keeps there by then. Nothing shows it but the rare reader that is slow enough.",
        example: "\
struct peer {
	struct list_head node;
	int mtu;
	struct rcu_head rcu;
};

void peer_remove(struct peer *peer)
{
	list_del_rcu(&peer->node);
	kfree(peer);
}",
        instead: "\
struct peer {
	struct list_head node;
	int mtu;
	struct rcu_head rcu;
};

void peer_remove(struct peer *peer)
{
	list_del_rcu(&peer->node);
	kfree_rcu(peer, rcu);
}",
        fix_safety: "There is no edit: whether to wait, to defer or to take readers away first is a decision.",
        limits: "\
Objects that the function allocated, that a caller in the file frees after a wait, that the function \
puts behind a grace period on another way, and those of caches with `SLAB_TYPESAFE_BY_RCU` are left \
out. Whether a member of a structure is used is told by the files beside the header that declares it, \
of other headers only where all of the kernel is checked. That readers were stopped by other means (a \
device that is gone, a namespace that ends) is not seen.",
    },
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for one in &context.facts.lifetime.freed {
        let place = Place {
            function: one.function.as_deref(),
            span: one.span,
            expression: &one.expression,
            definition: None,
        };
        let mut finding = diagnostic(&RULE, context, &place, RULE.severity, message(one));
        if let Some(span) = one.hidden {
            let freed = finding.here("freed here");
            let hidden = used(context, span, "taken from new readers here".to_owned());
            finding.tell(vec![hidden, freed]);
        }
        if let (Some(head), true) = (&one.head, one.unused || one.queued) {
            finding.related.push(related(head, "meant for a grace period"));
        }
        found.push(finding);
    }
}

fn message(one: &FreedNow) -> String {
    let name = in_quotes(&one.expression);
    let arm = under(one.condition.as_deref());
    if one.queued {
        return format!(
            "the work of {name} is queued{arm} without a grace period; use queue_rcu_work()"
        );
    }
    if one.is_callback {
        return format!(
            "{}(), which is made to run behind a grace period, is called{arm} directly on {name}; \
             use call_rcu()",
            one.callee
        );
    }
    let what = one.object.as_deref().unwrap_or("object");
    let instead = match &one.head {
        Some(head) if head.name.ends_with("work") => "use queue_rcu_work()",
        Some(_) if one.callee.starts_with("k") => "use kfree_rcu() or wait with synchronize_rcu()",
        Some(_) => "use call_rcu() or wait with synchronize_rcu()",
        None => "wait with synchronize_rcu() first, or give it a struct rcu_head",
    };
    let why = match &one.hidden {
        Some(_) => "after it was taken from readers, which may still use it",
        None => "though readers may still use it",
    };
    format!("{what} {name} is freed{arm} at once {why}; {instead}")
}

//! RCU404 freed-before-hidden.

use crate::diagnostic::{Diagnostic, Severity};
use crate::finding::{Place, diagnostic, in_quotes, under, used};
use crate::rule::{Context, Docs, FixAvailability, Precision, Rule};

/// The rule.
pub(crate) static RULE: Rule = Rule {
    code: "RCU404",
    name: "freed-before-hidden",
    severity: Severity::Error,
    fix: FixAvailability::Never,
    precision: Some(Precision { right: 1, read: 1 }),
    since: "0.1.0",
    summary: "an object is freed, or waited for, before new readers are kept from it",
    docs: Docs {
        finds: "\
An object that is freed (`kfree()`), or put behind a grace period (`kfree_rcu()`, `call_rcu()`), and \
only then taken out of the list or `__rcu` pointer by which readers find it; and one that is freed at \
once behind a `list_del_rcu()` or a store to its pointer, where the function did wait for readers, but \
before that.",
        matters: "\
A grace period protects from readers that were there when it began. Whoever comes later still finds the \
object, and follows it when it is gone.",
        example: "\
struct peer {
	struct list_head node;
	struct rcu_head rcu;
};

void peer_remove(struct peer *peer)
{
	kfree_rcu(peer, rcu);
	list_del_rcu(&peer->node);
}",
        instead: "\
struct peer {
	struct list_head node;
	struct rcu_head rcu;
};

void peer_remove(struct peer *peer)
{
	list_del_rcu(&peer->node);
	kfree_rcu(peer, rcu);
}",
        fix_safety: "There is no edit: what stands in between may depend on the order.",
        limits: "\
Both must stand in one function, or in functions of the file that it calls. A loop macro's next round is \
about another object. Where readers were stopped by other means, the order does not matter.",
    },
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for one in &context.facts.lifetime.early {
        let name = in_quotes(&one.expression);
        let arm = under(one.condition.as_deref());
        let message = if one.waited {
            format!(
                "{name} is freed{arm} at once after it was taken from readers; the wait came before \
                 that, and must come behind it"
            )
        } else {
            format!("{name} goes to {}(){arm} before it is taken from new readers", one.callee)
        };
        let place = Place {
            function: one.function.as_deref(),
            span: one.span,
            expression: &one.expression,
            definition: None,
        };
        let mut finding = diagnostic(&RULE, context, &place, RULE.severity, message);
        let freed = finding.here("freed here");
        let hidden = used(context, one.hidden, "taken from new readers here".to_owned());
        finding.tell(if one.waited { vec![hidden, freed] } else { vec![freed, hidden] });
        found.push(finding);
    }
}

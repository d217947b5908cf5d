//! RCU302 use-after-unlock.

use crate::diagnostic::{Diagnostic, Severity};
use crate::finding::{Place, diagnostic, in_quotes, under, used};
use crate::rule::{Context, Docs, FixAvailability, Precision, Rule};

/// The rule.
pub(crate) static RULE: Rule = Rule {
    code: "RCU302",
    name: "use-after-unlock",
    severity: Severity::Error,
    fix: FixAvailability::Never,
    precision: Some(Precision { right: 10, read: 10 }),
    since: "0.1.0",
    summary: "a pointer is followed after the reader section in which it was loaded",
    docs: Docs {
        finds: "\
A pointer that was loaded in a reader section which the function itself began, and that is followed \
(`p->x`, `*p`, `p[i]`) after the section has ended on every way there. No reference was taken on the \
object, on what it was loaded from or through it meanwhile, and no lock is held; another section, \
begun later, protects nothing. So for pointers derived from it (`&p->member`, \
`container_of()`), for the position of a loop over a list, and where the scope of a `guard(rcu)()` ends. \
Returning such a pointer is a note.",
        matters: "\
Once the section is over, a grace period can end and the object can be freed and used for something \
else: what is read is garbage, what is written corrupts memory.",
        example: "\
struct cfg {
	int mtu;
};

struct port {
	struct cfg __rcu *cfg;
};

int port_mtu(struct port *port)
{
	struct cfg *cfg;

	rcu_read_lock();
	cfg = rcu_dereference(port->cfg);
	rcu_read_unlock();
	return cfg->mtu;
}",
        instead: "\
struct cfg {
	int mtu;
};

struct port {
	struct cfg __rcu *cfg;
};

int port_mtu(struct port *port)
{
	struct cfg *cfg;
	int mtu;

	rcu_read_lock();
	cfg = rcu_dereference(port->cfg);
	mtu = cfg->mtu;
	rcu_read_unlock();
	return mtu;
}",
        fix_safety: "There is no edit: to move the unlock down is right only if nothing in between sleeps.",
        limits: "\
Any call that may take a reference, by the table or by its name, is taken to. What keeps an object for \
other reasons (a reference that the owner holds all the time) is not known: say so in a comment, or use \
`rcu_dereference_protected()` with that condition.",
    },
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for one in &context.facts.sections.stale {
        let name = in_quotes(&one.expression);
        let arm = under(one.condition.as_deref());
        let (severity, message) = if one.returned {
            (
                Severity::Note,
                format!(
                    "{name} is returned{arm} after the reader section in which it was loaded; take a \
                     reference, or leave the section to the callers"
                ),
            )
        } else {
            (
                RULE.severity,
                format!(
                    "{name} is followed{arm} after the reader section in which it was loaded; end the \
                     section later, or take a reference first"
                ),
            )
        };
        let place = Place {
            function: one.function.as_deref(),
            span: one.span,
            expression: &one.expression,
            definition: None,
        };
        let mut finding = diagnostic(&RULE, context, &place, severity, message);
        let ended = if one.by_guard {
            "the section of this guard ends with its scope"
        } else {
            "the section ends here"
        };
        let late = finding.here(if one.returned { "returned here" } else { "followed here" });
        finding.tell(vec![
            used(context, one.loaded, "loaded here".to_owned()),
            used(context, one.ended, ended.to_owned()),
            late,
        ]);
        found.push(finding);
    }
}

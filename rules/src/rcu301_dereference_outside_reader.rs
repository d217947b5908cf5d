//! RCU301 dereference-outside-reader.

use rculint_analyzer::facts::WhyBare;

use crate::diagnostic::{Diagnostic, Severity};
use crate::finding::{Place, diagnostic, in_quotes, related, under, used};
use crate::rule::{Context, Docs, FixAvailability, Precision, Rule};
use crate::section::calls;

/// The rule.
pub(crate) static RULE: Rule = Rule {
    code: "RCU301",
    name: "dereference-outside-reader",
    severity: Severity::Error,
    fix: FixAvailability::Never,
    precision: Some(Precision { right: 8, read: 8 }),
    since: "0.1.0",
    summary: "a reader's accessor loads a pointer where no reader section is",
    docs: Docs {
        finds: "\
`rcu_dereference()`, `rcu_dereference_bh()`, `rcu_dereference_sched()` or `srcu_dereference()`, or a \
macro that is one of them, at a place where nothing at all is held: no reader section of any flavour, \
no lock, nothing switched off, and no assertion says so; and on one way there at least no caller can \
hold a reader section either: the function, or one that calls it so, sleeps on the same way, or the \
kernel calls it so (system calls, initcalls, work, files in sysfs, procfs and debugfs, operations of \
files and devices).",
        matters: "\
Without a reader section a grace period can end between the load and the last use of the pointer, and \
the object can be freed meanwhile. Lockdep reports the load at run time, with CONFIG_PROVE_RCU, if it \
is ever run.",
        example: "\
#include <linux/syscalls.h>

struct cfg {
	int mtu;
};

struct port {
	struct cfg __rcu *cfg;
};

static struct port port;

SYSCALL_DEFINE1(port_mtu, int, flags)
{
	return rcu_dereference(port.cfg)->mtu;
}",
        instead: "\
#include <linux/syscalls.h>

struct cfg {
	int mtu;
};

struct port {
	struct cfg __rcu *cfg;
};

static struct port port;

SYSCALL_DEFINE1(port_mtu, int, flags)
{
	int mtu;

	rcu_read_lock();
	mtu = rcu_dereference(port.cfg)->mtu;
	rcu_read_unlock();
	return mtu;
}",
        fix_safety: "There is no edit: how far the section has to reach depends on where the value goes.",
        limits: "\
Callers in other files are looked for among the files that are checked together. Where none of them is known to be outside a reader section, \
and nothing sleeps, nothing is reported. Accessors that also take a condition \
(`rcu_dereference_check()`) say themselves when they may be used; they are not looked at.",
    },
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for one in &context.facts.sections.outside {
        let (take, _) = calls(&one.wants);
        let where_to = match &one.why {
            WhyBare::Callers => {
                "where neither this function nor its callers hold a reader section or a lock"
                    .to_owned()
            }
            WhyBare::Called(caller) => {
                format!(
                    "where nothing is held, and {caller}(), which calls this function, holds nothing either"
                )
            }
            WhyBare::Elsewhere(_) => {
                "where nothing is held, and a function of another file that calls this one holds \
                 nothing either"
                    .to_owned()
            }
            WhyBare::Sleeps(_, what) => format!(
                "where nothing is held, and no caller can hold a reader section, because the function \
                 sleeps in {what}()"
            ),
        };
        let message = format!(
            "{}() of {}{} {where_to}; put {take}() before it and the matching unlock behind the last \
             use of the pointer",
            one.accessor,
            in_quotes(&one.expression),
            under(one.condition.as_deref()),
        );
        let place = Place {
            function: one.function.as_deref(),
            span: one.span,
            expression: &one.expression,
            definition: None,
        };
        let mut finding = diagnostic(&RULE, context, &place, RULE.severity, message);
        match &one.why {
            WhyBare::Sleeps(span, _) => {
                let message = "the function may sleep here".to_owned();
                finding.related.push(used(context, *span, message));
            }
            WhyBare::Elsewhere(caller) => {
                let loaded = finding.here("loaded here");
                let calls = related(caller, "this function calls it, with nothing held");
                finding.tell(vec![calls, loaded]);
            }
            WhyBare::Callers | WhyBare::Called(_) => {}
        }
        found.push(finding);
    }
}

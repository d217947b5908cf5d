//! RCU903 malformed-suppression.

use crate::diagnostic::{Diagnostic, Severity};
use crate::finding::{Place, diagnostic};
use crate::rule::{Context, Docs, FixAvailability, Rule};
use crate::suppression::read;

/// The rule.
pub(crate) static RULE: Rule = Rule {
    code: "RCU903",
    name: "malformed-suppression",
    severity: Severity::Warning,
    fix: FixAvailability::Never,
    precision: None,
    since: "0.1.0",
    summary: "a comment to rculint that means nothing",
    docs: Docs {
        finds: "\
A comment that begins with `rculint:` and is neither `allow(CODES) reason` nor `allow-file(CODES) reason`, \
or that names a rule which is not there. The message has the nearest word that is known.",
        matters: "\
The comment looks as if it suppressed something, and does not.",
        example: "\
struct cfg { int mtu; };
struct port { struct cfg __rcu *cfg; };

bool port_is_set(struct port *port)
{
	/* rculint: alow(RCU104) the port is not in use yet */
	return rcu_access_pointer(port->cfg);
}",
        instead: "\
struct cfg { int mtu; };
struct port { struct cfg __rcu *cfg; };

bool port_is_set(struct port *port)
{
	/* rculint: allow(RCU104) the port is not in use yet */
	return port->cfg != NULL;
}",
        fix_safety: "There is no edit: what was meant is a guess.",
        limits: "Only comments that begin with `rculint:` are read.",
    },
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let said = read(context.source, &context.facts.remarks, context.path, context.shown);
    for (span, message) in said.malformed {
        let expression = context.source.text(span);
        let place = Place { function: None, span, expression: &expression, definition: None };
        let message = format!("malformed suppression: {message}");
        found.push(diagnostic(&RULE, context, &place, RULE.severity, message));
    }
}

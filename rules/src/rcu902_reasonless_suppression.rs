//! RCU902 reasonless-suppression.

use crate::diagnostic::{Diagnostic, Severity};
use crate::finding::{Place, diagnostic};
use crate::rule::{Context, Docs, FixAvailability, Rule};
use crate::suppression::read;

/// The rule.
pub(crate) static RULE: Rule = Rule {
    code: "RCU902",
    name: "reasonless-suppression",
    severity: Severity::Note,
    fix: FixAvailability::Never,
    precision: None,
    since: "0.1.0",
    summary: "a suppression that does not say why",
    docs: Docs {
        finds: "\
A comment `rculint: allow(...)` or `rculint: allow-file(...)` with nothing behind the parentheses, or a \
`[[suppress]]` of the configuration without a `reason`.",
        matters: "\
Whoever changes the code has to know what makes the access right: a lock that is held, an object that \
nobody else has seen. The suppression works all the same.",
        example: "\
struct cfg { int mtu; };
struct port { struct cfg __rcu *cfg; };

bool port_is_set(struct port *port)
{
	/* rculint: allow(RCU104) */
	return port->cfg != NULL;
}",
        instead: "\
struct cfg { int mtu; };
struct port { struct cfg __rcu *cfg; };

bool port_is_set(struct port *port)
{
	/* rculint: allow(RCU104) the port is not in use yet */
	return port->cfg != NULL;
}",
        fix_safety: "There is no edit: the reason is not in the code.",
        limits: "Whether the reason is one is for its readers to judge.",
    },
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let said = read(context.source, &context.facts.remarks, context.path, context.shown);
    for span in said.reasonless {
        let expression = context.source.text(span);
        let place = Place { function: None, span, expression: &expression, definition: None };
        let message = "suppression without a reason; say behind the parentheses why it is right";
        found.push(diagnostic(&RULE, context, &place, RULE.severity, message.to_owned()));
    }
}

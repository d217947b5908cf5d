//! RCU901 unused-suppression.

use crate::diagnostic::{Diagnostic, Severity};
use crate::rule::{Context, Docs, FixAvailability, Rule};
use crate::suppression::Allowance;

/// The rule. It is judged when the findings of all files are known ([`crate::suppression::settle`]).
pub(crate) static RULE: Rule = Rule {
    code: "RCU901",
    name: "unused-suppression",
    severity: Severity::Warning,
    fix: FixAvailability::Never,
    precision: None,
    since: "0.1.0",
    summary: "a suppression that suppresses nothing",
    docs: Docs {
        finds: "\
A rule named in a comment `rculint: allow(...)` or `rculint: allow-file(...)`, or in a `[[suppress]]` of \
the configuration, that has no finding there. It is told only where the rule ran and the file was \
understood as a whole. Of rules whose findings can depend on other files (all but those of types and \
annotations, RCU1xx without RCU108), and in headers, it is told only where the whole kernel is checked.",
        matters: "\
A suppression outlives the code that it was written for. Where it stays, it hides the next finding of the \
same rule, which nobody has looked at.",
        example: "\
struct cfg { int mtu; };
struct port { struct cfg __rcu *cfg; };

bool port_is_set(struct port *port)
{
	/* rculint: allow(RCU104) the port is not in use yet */
	return rcu_access_pointer(port->cfg);
}",
        instead: "\
struct cfg { int mtu; };
struct port { struct cfg __rcu *cfg; };

bool port_is_set(struct port *port)
{
	return rcu_access_pointer(port->cfg);
}",
        fix_safety: "There is no edit: that the finding is gone may be the surprise.",
        limits: "\
With `--dotconfig` it is not told of suppressions for whole files, nor of those in the configuration.",
    },
    check,
};

/// What one file tells is not enough.
fn check(_: &Context<'_>, _: &mut Vec<Diagnostic>) {}

/// The finding for an allowance that no finding needed.
pub(crate) fn finding(unused: &Allowance) -> Diagnostic {
    let code = unused.rule.code;
    let place = if unused.rows.is_some() { "here" } else { "in this file" };
    Diagnostic {
        code: RULE.code,
        name: RULE.name,
        severity: RULE.severity,
        message: format!("unused suppression: {code} finds nothing {place}; remove it"),
        filename: unused.shown.clone(),
        function: None,
        location: unused.location,
        end_location: unused.end_location,
        expression: code.to_owned(),
        related: Vec::new(),
        steps: Vec::new(),
        fix: None,
        path: unused.path.clone(),
        span: unused.span,
    }
}

//! RCU203 dereference-only-tested.

use rculint_analyzer::facts::TestedLoad;

use crate::diagnostic::{Applicability, Diagnostic, Fix, Severity};
use crate::finding::{at_call, fix, in_quotes, under, used};
use crate::rule::{Context, Docs, FixAvailability, Precision, Rule};

/// The rule.
pub(crate) static RULE: Rule = Rule {
    code: "RCU203",
    name: "dereference-only-tested",
    severity: Severity::Warning,
    fix: FixAvailability::Sometimes,
    precision: Some(Precision { right: 60, read: 60 }),
    since: "0.1.0",
    summary: "a pointer is loaded to be followed and only tested",
    docs: Docs {
        finds: "\
The value of `rcu_dereference()` or one of its kind is only tested for NULL or compared, on the spot or \
through a local variable; `WARN_ON()` and its like test too. What asks lockdep, and accessors that say what \
protects the pointer (`rcu_dereference_check()`, `rcu_dereference_protected()`), are silent.",
        matters: "\
`rcu_access_pointer()` needs no reader section and says that the object is not touched. Whoever reads \
`rcu_dereference()` looks for the place that follows the pointer.",
        example: "\
struct cfg {
	int mtu;
};

struct port {
	struct cfg __rcu *cfg;
};

static bool port_configured(struct port *port)
{
	bool configured;

	rcu_read_lock();
	configured = rcu_dereference(port->cfg) != NULL;
	rcu_read_unlock();
	return configured;
}",
        instead: "\
struct cfg {
	int mtu;
};

struct port {
	struct cfg __rcu *cfg;
};

static bool port_configured(struct port *port)
{
	return rcu_access_pointer(port->cfg) != NULL;
}",
        fix_safety: "\
Safe where the load stands in the test: the same value is tested. Unsafe where it goes through a \
variable. The reader section stays; it may not be needed any more.",
        limits: "\
Loads through macros and of SRCU pointers are found, but not edited.",
    },
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    found.extend(context.facts.pointers.tested.iter().map(|one| judge(context, one)));
}

fn judge(context: &Context<'_>, one: &TestedLoad) -> Diagnostic {
    let pointer = in_quotes(&one.call.expression);
    let arm = under(one.call.condition.as_deref());
    let name = &one.call.name;
    let what = match &one.variable {
        Some((variable, _)) => {
            format!("`{variable}`, the value of {name}() of {pointer}, is only tested")
        }
        None => format!("the value of {name}() of {pointer} is only tested"),
    };
    let message = format!("{what}{arm}; rcu_access_pointer() is enough");
    let mut diagnostic = at_call(&RULE, context, &one.call, RULE.severity, message);
    if let Some((_, test)) = &one.variable {
        diagnostic.related.push(used(context, *test, "tested here".to_owned()));
    }
    diagnostic.fix = edit(context, one);
    diagnostic
}

fn edit(context: &Context<'_>, one: &TestedLoad) -> Option<Fix> {
    // What else an accessor is given says what protects the pointer.
    if !one.call.plain || !one.call.name.starts_with("rcu_") {
        return None;
    }
    let how = if one.variable.is_some() { Applicability::Unsafe } else { Applicability::Safe };
    let message = "look at the value with rcu_access_pointer()".to_owned();
    Some(fix(context, how, message, one.call.name_span, "rcu_access_pointer".to_owned()))
}

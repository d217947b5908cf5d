//! RCU201 access-pointer-dereferenced.

use rculint_analyzer::facts::{FollowedPeek, Protection};

use crate::accessor::{Choice, for_protection};
use crate::diagnostic::{Applicability, Diagnostic, Fix, Severity};
use crate::finding::{advice_only, at_call, call_text, fix, in_quotes, under, used};
use crate::rule::{Context, Docs, FixAvailability, Precision, Rule};

/// The rule.
pub(crate) static RULE: Rule = Rule {
    code: "RCU201",
    name: "access-pointer-dereferenced",
    severity: Severity::Warning,
    fix: FixAvailability::Sometimes,
    precision: Some(Precision { right: 0, read: 0 }),
    since: "0.1.0",
    summary: "a pointer that was only looked at is followed",
    docs: Docs {
        finds: "\
The value of `rcu_access_pointer()` is followed, on the spot or through a local variable, where nothing \
else was loaded into it. Assertions, what comes after a wait for readers and RCU callbacks are silent. Under a \
lock it is a note.",
        matters: "\
`rcu_access_pointer()` is for tests: it orders nothing before the loads that follow the pointer, and \
lockdep does not check that a reader section or a lock keeps the object alive.",
        example: "\
struct cfg {
	int mtu;
};

struct port {
	struct cfg __rcu *cfg;
};

static int port_mtu(struct port *port)
{
	struct cfg *cfg;
	int mtu = 0;

	rcu_read_lock();
	cfg = rcu_access_pointer(port->cfg);
	if (cfg)
		mtu = cfg->mtu;
	rcu_read_unlock();
	return mtu;
}",
        instead: "\
struct cfg {
	int mtu;
};

struct port {
	struct cfg __rcu *cfg;
};

static int port_mtu(struct port *port)
{
	struct cfg *cfg;
	int mtu = 0;

	rcu_read_lock();
	cfg = rcu_dereference(port->cfg);
	if (cfg)
		mtu = cfg->mtu;
	rcu_read_unlock();
	return mtu;
}",
        fix_safety: "\
Unsafe: which accessor is right depends on what protects the pointer, which is read off the function \
and its callers in the file. Where nothing is known to protect it, no edit is proposed.",
        limits: "\
A function that is only called where nobody else can see the object any more looks like any other. \
Pointers that are passed on to other functions are not followed there.",
    },
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let peeks = context.facts.pointers.followed.iter();
    found.extend(peeks.filter(|one| !one.after_readers).map(|one| judge(context, one)));
}

fn judge(context: &Context<'_>, one: &FollowedPeek) -> Diagnostic {
    let choice = for_protection(&one.protection);
    let locked = one.context.locks().next().is_some();
    let severity = if locked { Severity::Note } else { RULE.severity };
    let pointer = in_quotes(&one.call.expression);
    let what = match &one.variable {
        Some(variable) => {
            format!("`{variable}`, the value of {}() of {pointer}, is followed", one.call.name)
        }
        None => format!("the value of {}() of {pointer} is followed", one.call.name),
    };
    let arm = under(one.call.condition.as_deref());
    let message = format!("{what}{arm}; {}", choice.advice);
    let mut diagnostic = at_call(&RULE, context, &one.call, severity, message);
    if one.variable.is_some() {
        diagnostic.related.push(used(context, one.follow, "followed here".to_owned()));
    }
    diagnostic.fix = edit(context, one, &choice);
    diagnostic
}

fn edit(context: &Context<'_>, one: &FollowedPeek, choice: &Choice) -> Option<Fix> {
    if one.protection == Protection::Unknown || !one.call.plain {
        return Some(advice_only(choice.advice.clone()));
    }
    let arguments = call_text(context, &one.call)?.strip_prefix(&*one.call.name)?;
    let content = match &choice.condition {
        Some(condition) => {
            let open = arguments.trim_end().strip_suffix(')')?;
            format!("{}{open}, {condition})", choice.name)
        }
        None => format!("{}{arguments}", choice.name),
    };
    let message = format!("load it with {}()", choice.name);
    Some(fix(context, Applicability::Unsafe, message, one.call.span, content))
}

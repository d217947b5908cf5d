//! RCU204 protected-always-true.

use rculint_analyzer::facts::{By, Checked, HeldLock, Says};

use crate::diagnostic::{Applicability, Diagnostic, Fix, Severity};
use crate::finding::{at_call, contradicted, fix, in_quotes, protects_elsewhere, under};
use crate::rule::{Context, Docs, FixAvailability, Precision, Rule};

/// The rule.
pub(crate) static RULE: Rule = Rule {
    code: "RCU204",
    name: "protected-always-true",
    severity: Severity::Warning,
    fix: FixAvailability::Sometimes,
    precision: Some(Precision { right: 42, read: 42 }),
    since: "0.1.0",
    summary: "the condition of an access is always true although a lock is held",
    docs: Docs {
        finds: "\
`rcu_dereference_protected(p, 1)`, or another accessor with a condition that is always true, where the \
function holds a lock that protects the pointer: one that other accesses to the same pointer in the \
file name, or the only one, if it lies in the same object, is as global as the pointer, or is held where the \
function stores to the pointer. Silent where nobody else sees the object, \
after a wait for readers and in RCU callbacks.",
        matters: "\
The condition is what lockdep checks. One that is always true finds no caller that forgets the lock, and \
tells the reader nothing.",
        example: "\
struct cfg {
	int mtu;
};

struct port {
	struct cfg __rcu *cfg;
	struct mutex lock;
};

static void port_reset(struct port *port)
{
	struct cfg *cfg;

	mutex_lock(&port->lock);
	cfg = rcu_dereference_protected(port->cfg, 1);
	cfg->mtu = 0;
	mutex_unlock(&port->lock);
}",
        instead: "\
struct cfg {
	int mtu;
};

struct port {
	struct cfg __rcu *cfg;
	struct mutex lock;
};

static void port_reset(struct port *port)
{
	struct cfg *cfg;

	mutex_lock(&port->lock);
	cfg = rcu_dereference_protected(port->cfg, lockdep_is_held(&port->lock));
	cfg->mtu = 0;
	mutex_unlock(&port->lock);
}",
        fix_safety: "\
Unsafe: the lock that is held need not be the one that updaters of the pointer hold.",
        limits: "\
Locks that callers hold are not taken for evidence. Bit spinlocks, local locks and sequence counts have no \
edit.",
    },
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let accesses = context.facts.pointers.checked.iter();
    found.extend(accesses.filter_map(|one| judge(context, one)));
}

fn judge(context: &Context<'_>, one: &Checked) -> Option<Diagnostic> {
    if one.says != [Says::Always] || one.condition.is_none() || one.own || one.after_readers {
        return None;
    }
    let lock = fitting(context, one)?;
    let pointer = in_quotes(&one.call.expression);
    let arm = under(one.call.condition.as_deref());
    let advice = match &lock.condition {
        Some(condition) => format!("say {condition}"),
        None => "name it".to_owned(),
    };
    let message = format!(
        "the condition of {}() of {pointer} is always true although `{}` is held{arm}; {advice}",
        one.call.name, lock.lock
    );
    let mut diagnostic = at_call(&RULE, context, &one.call, RULE.severity, message);
    diagnostic.fix = edit(context, one, lock);
    Some(diagnostic)
}

/// The lock that protects the pointer, as far as can be told: one that other accesses name, or the
/// only one that the function takes, if it lies in the same object, is as global as the pointer, or
/// is held where the pointer is stored to.
fn fitting<'a>(context: &Context<'_>, one: &'a Checked) -> Option<&'a HeldLock> {
    let own = |lock: &&HeldLock| matches!(lock.by, By::Taken | By::Asserted);
    let locks = || one.locks.iter().filter(own);
    locks()
        .find(|lock| protects_elsewhere(context, one, lock))
        .or_else(|| locks().find(|lock| lock.fits()).filter(|_| locks().count() == 1))
        .filter(|lock| !contradicted(context, one, lock))
}

fn edit(context: &Context<'_>, one: &Checked, lock: &HeldLock) -> Option<Fix> {
    let (span, condition) = (one.condition?, lock.condition.clone()?);
    let message = format!("let lockdep check that `{}` is held", lock.lock);
    Some(fix(context, Applicability::Unsafe, message, span, condition))
}

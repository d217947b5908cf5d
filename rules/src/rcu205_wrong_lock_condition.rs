//! RCU205 wrong-lock-condition.

use rculint_analyzer::facts::{By, Checked, HeldLock, Says, WeakCondition};

use crate::diagnostic::{Applicability, Diagnostic, Fix, Severity};
use crate::finding::{
    Place, at_call, diagnostic, fix, in_quotes, named_elsewhere, protects_elsewhere, under,
};
use crate::rule::{Context, Docs, FixAvailability, Precision, Rule};

/// The rule.
pub(crate) static RULE: Rule = Rule {
    code: "RCU205",
    name: "wrong-lock-condition",
    severity: Severity::Warning,
    fix: FixAvailability::Sometimes,
    precision: Some(Precision { right: 19, read: 19 }),
    since: "0.1.0",
    summary: "the condition of an access names a lock that is not held, or asks who holds it",
    docs: Docs {
        finds: "\
An access whose condition names a lock that the function does not hold, although it holds one that \
must be meant: other accesses to the same pointer in the file name it, or the pointer is stored to under \
it, or no caller can hold the one that is named (all are in the file, or it is a spinlock and the \
function takes a lock that sleeps); and conditions that ask whether anybody holds a \
lock (`mutex_is_locked()`, `spin_is_locked()`, `rwsem_is_locked()`).",
        matters: "\
lockdep complains of the first only where it runs, and of the second only while nobody at all holds the \
lock: code that forgot it passes whenever somebody else has it.",
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
	cfg = rcu_dereference_protected(port->cfg, mutex_is_locked(&port->lock));
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
Unsafe: lockdep may now complain where the lock is not held, which is what the condition is for. \
`lockdep_is_held()` is content with an rwsem that is held for reading, as `rwsem_is_locked()` is.",
        limits: "\
A lock that callers in other files hold is not seen; so a lock that any other access to the pointer \
names is not called wrong. Silent where the function is given to others to call, for whom another task \
may hold the lock. Conditions inside macros are reported in their definition and not edited.",
    },
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let facts = &context.facts.pointers;
    found.extend(facts.checked.iter().filter_map(|one| another(context, one)));
    let weak = facts.weak.iter().filter(|one| !one.called_back);
    found.extend(weak.map(|one| anybody(context, one)));
}

/// The condition names a lock that is not held, where the one that other accesses name is.
fn another(context: &Context<'_>, one: &Checked) -> Option<Diagnostic> {
    if one.more || one.own || one.reader_too || one.says.is_empty() {
        return None;
    }
    let named: Option<Vec<(&str, &str)>> = one
        .says
        .iter()
        .map(|part| match part {
            Says::Held { lock, member } => Some((&**lock, &**member)),
            _ => None,
        })
        .collect();
    let named = named?;
    let held = |member: &str| one.locks.iter().any(|lock| lock.member == *member);
    if named.iter().any(|(_, member)| held(member) || named_elsewhere(context, one, member)) {
        return None;
    }
    let lock = one.locks.iter().find(|lock| match lock.by {
        By::Callers => false,
        _ if protects_elsewhere(context, one, lock) => true,
        By::Asserted => false,
        // Who holds a spinlock does not call what takes a lock that sleeps.
        By::Taken => {
            lock.updates || one.all_callers && lock.fits() || one.names_spinlock && lock.sleeps
        }
    })?;
    let (wrong, _) = named.first()?;
    let arm = under(one.call.condition.as_deref());
    let message = format!(
        "the condition of {}() of {} names `{wrong}`, which is not held here, and `{}` is{arm}; \
         name the lock that is held",
        one.call.name,
        in_quotes(&one.call.expression),
        lock.lock
    );
    let mut diagnostic = at_call(&RULE, context, &one.call, RULE.severity, message);
    diagnostic.fix = rename(context, one, lock);
    Some(diagnostic)
}

fn rename(context: &Context<'_>, one: &Checked, lock: &HeldLock) -> Option<Fix> {
    let (span, condition) = (one.condition?, lock.condition.clone()?);
    let message = format!("name `{}`", lock.lock);
    Some(fix(context, Applicability::Unsafe, message, span, condition))
}

/// The condition asks whether anybody holds the lock.
fn anybody(context: &Context<'_>, one: &WeakCondition) -> Diagnostic {
    let rtnl = one.name == "rtnl_is_locked";
    let asked = if rtnl { "lockdep_rtnl_is_held" } else { "lockdep_is_held" };
    let arm = under(one.condition.as_deref());
    let message = format!(
        "{}() in the condition of an access to {} holds if anybody has the lock{arm}; ask with \
         {asked}()",
        one.name,
        in_quotes(&one.expression),
    );
    let place = Place {
        function: one.function.as_deref(),
        span: one.span,
        expression: &one.expression,
        definition: one.definition.as_ref(),
    };
    let mut found = diagnostic(&RULE, context, &place, RULE.severity, message);
    if one.definition.is_none() {
        let text = std::str::from_utf8(context.source.slice(one.span)).ok();
        let arguments = text.and_then(|text| text.strip_prefix(&*one.name));
        found.fix = arguments.map(|arguments| {
            let message = "ask whether this task holds the lock".to_owned();
            let content = format!("{asked}{arguments}");
            fix(context, Applicability::Unsafe, message, one.span, content)
        });
    }
    found
}

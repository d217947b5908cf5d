//! RCU201 access-pointer-dereferenced.

use rculint_analyzer::facts::{Flavour, FollowedPeek, Protection};

use crate::diagnostic::{Applicability, Diagnostic, Fix, Severity};
use crate::finding::{advice_only, at_call, call_text, fix, in_quotes, under, used};
use crate::rule::{Context, Docs, FixAvailability, Precision, Rule};

/// The rule.
pub(crate) static RULE: Rule = Rule {
    code: "RCU201",
    name: "access-pointer-dereferenced",
    severity: Severity::Warning,
    fix: FixAvailability::Sometimes,
    precision: Some(Precision { right: 16, read: 16 }),
    since: "0.1.0",
    summary: "a pointer that was only looked at is followed",
    docs: Docs {
        finds: "\
The value of `rcu_access_pointer()` is followed, on the spot or through a local variable, where nothing \
else was loaded into it. Where no reader section is known to be held, it is a note: under a lock, or where callers \
may hold something. Silent in assertions, after a wait for readers, in RCU callbacks, and where the \
function frees what it followed.",
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
    found.extend(
        peeks.filter(|one| !one.after_readers && !one.freed).map(|one| judge(context, one)),
    );
}

fn judge(context: &Context<'_>, one: &FollowedPeek) -> Diagnostic {
    // Where nothing is known to be held, callers may hold it.
    let read = matches!(one.protection, Protection::Reader(_));
    let severity = if read { RULE.severity } else { Severity::Note };
    let pointer = in_quotes(&one.call.expression);
    let value = format!("the value of {}() of {pointer}", one.call.name);
    let what = match &one.variable {
        Some(variable) => format!("`{variable}`, {value}, is followed"),
        None => format!("{value} is followed"),
    };
    let choice = choice(&one.protection);
    let advice = match &choice {
        None => "use rcu_dereference() in a reader section, or rcu_dereference_protected() with \
                 what keeps updaters out"
            .to_owned(),
        Some((name, None)) => format!("use {name}()"),
        Some((name, Some(condition))) => format!("use {name}() with {condition}"),
    };
    let arm = under(one.call.condition.as_deref());
    let message = format!("{what}{arm}; {advice}");
    let mut diagnostic = at_call(&RULE, context, &one.call, severity, message);
    if one.variable.is_some() {
        let looked = diagnostic.here("only looked at here");
        diagnostic.tell(vec![looked, used(context, one.follow, "followed here".to_owned())]);
    }
    diagnostic.fix = match choice {
        Some((name, condition)) if one.call.plain => edit(context, one, name, condition),
        _ => Some(advice_only(advice)),
    };
    diagnostic
}

/// The accessor that goes with what protects the pointer, and its condition.
fn choice(protection: &Protection) -> Option<(&'static str, Option<String>)> {
    Some(match protection {
        Protection::Reader(Flavour::Rcu) => ("rcu_dereference", None),
        Protection::Reader(Flavour::Bh) => ("rcu_dereference_bh", None),
        Protection::Reader(Flavour::Sched) => ("rcu_dereference_sched", None),
        Protection::Rtnl => ("rtnl_dereference", None),
        Protection::Lock(lock) => {
            ("rcu_dereference_protected", Some(format!("lockdep_is_held({lock})")))
        }
        Protection::Unknown => return None,
    })
}

fn edit(
    context: &Context<'_>,
    one: &FollowedPeek,
    name: &str,
    condition: Option<String>,
) -> Option<Fix> {
    let arguments = call_text(context, &one.call)?.strip_prefix(&*one.call.name)?;
    let content = match condition {
        Some(condition) => {
            let open = arguments.trim_end().strip_suffix(')')?;
            format!("{name}{open}, {condition})")
        }
        None => format!("{name}{arguments}"),
    };
    let message = format!("load it with {name}()");
    Some(fix(context, Applicability::Unsafe, message, one.call.span, content))
}

//! RCU106 cast-drops-rcu.

use rculint_analyzer::facts::{Conversion, ConversionKind};

use crate::diagnostic::{Diagnostic, Severity};
use crate::finding::{diagnostic, in_quotes, under};
use crate::rcu105_address_space_mismatch::{add_declarations, is_cast, place};
use crate::rule::{Context, Docs, FixAvailability, Rule};

/// The rule.
pub(crate) static RULE: Rule = Rule {
    code: "RCU106",
    name: "cast-drops-rcu",
    severity: Severity::Warning,
    fix: FixAvailability::Never,
    precision: None,
    since: "0.1.0",
    summary: "a cast without `__force` removes or adds `__rcu`",
    docs: Docs {
        finds: "\
An explicit cast whose type differs in `__rcu`, on any pointer level, from the type of its operand, \
and that does not say `__force`: `(T **)&p->slot`, `(T *)copy`. Adding the annotation is a note: it \
hides nothing. `container_of()` and what is made of it cast their pointer. A cast of a shared `__rcu` lvalue itself is RCU101, for the lvalue is read plainly. \
A cast to \
a number that can hold an address (`unsigned long`) or to `void` is no matter; one to another number \
is, as for sparse.",
        matters: "\
A cast silences every checker from there on: whoever uses the result may access the slot plainly \
without a word. A cast that is meant says `__force`, which readers see and can search for.",
        example: "\
struct cfg {
	int mtu;
};

struct port {
	struct cfg __rcu *cfg;
};

static struct cfg **port_slot(struct port *port)
{
	return (struct cfg **)&port->cfg;
}",
        instead: "\
struct cfg {
	int mtu;
};

struct port {
	struct cfg __rcu *cfg;
};

static struct cfg __rcu **port_slot(struct port *port)
{
	return &port->cfg;
}",
        fix_safety: "\
No edit is proposed: usually the annotation belongs into the type of whatever takes the result, not \
`__force` into the cast.",
        limits: "\
A cast through a number, or through `void *` and back, is not followed.",
    },
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for one in &context.facts.conversions {
        if is_cast(one) {
            found.push(judge(context, one));
        }
    }
}

fn judge(context: &Context<'_>, one: &Conversion) -> Diagnostic {
    let (does, severity, advice) = if one.adds {
        ("adds", Severity::Note, "annotate the operand where it is declared")
    } else {
        ("removes", RULE.severity, "keep __rcu in the type, and use accessors on the result")
    };
    let by = match &one.how {
        ConversionKind::CastBy(operation) => format!(" cast by {operation}()"),
        _ => String::new(),
    };
    let message = format!(
        "{}{by} {does} __rcu: the operand's type is {}{}; {advice}",
        in_quotes(&one.expression),
        in_quotes(&one.from),
        under(one.condition.as_deref()),
    );
    let mut diagnostic = diagnostic(&RULE, context, &place(one), severity, message);
    add_declarations(&mut diagnostic, one);
    diagnostic
}

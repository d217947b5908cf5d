//! RCU105 address-space-mismatch.

use rculint_analyzer::facts::{Conversion, ConversionKind};

use crate::diagnostic::{Applicability, DECLARED_HERE, Diagnostic, Fix, Severity};
use crate::finding::{Place, diagnostic, fix, in_quotes, related, under};
use crate::rewrite;
use crate::rule::{Context, Docs, FixAvailability, Rule};

/// The rule.
pub(crate) static RULE: Rule = Rule {
    code: "RCU105",
    name: "address-space-mismatch",
    severity: Severity::Warning,
    fix: FixAvailability::Sometimes,
    precision: None,
    since: "0.1.0",
    summary: "an annotated pointer, or a pointer to one, meets a type without the annotation, or \
              the reverse",
    docs: Docs {
        finds: "\
A value whose type differs in `__rcu`, on any pointer level, from the type that it is passed as, \
assigned to, returned as, compared with or selected against: the address of an annotated slot given \
to a function that takes a plain one (`T __rcu **` against `T **`), an annotated result, parameter or \
local copy handed to plain code or followed, a plain pointer given to an annotated parameter, what \
`xchg()` and its kind take and return; also a function whose definition and declaration differ. \
`void *`, NULL and numbers are treated as sparse treats them: \
below `void *` nothing is compared. An annotated value that is followed is an error. Plain reads and writes of shared `__rcu` lvalues are RCU101 to \
RCU104; explicit casts are RCU106.",
        matters: "\
The annotation is what makes sparse and rculint notice a plain access. A pointer to an annotated slot \
that is passed on without it lets the callee read and write the slot as it likes, unseen; and an \
annotated value that is followed was loaded somewhere without an accessor, or is about to outlive \
what protected it.",
        example: "\
struct cfg {
	int mtu;
};

struct port {
	struct cfg __rcu *cfg;
};

void cfg_release(struct cfg **slot);

static void port_reset(struct port *port)
{
	cfg_release(&port->cfg);
}",
        instead: "\
struct cfg {
	int mtu;
};

struct port {
	struct cfg __rcu *cfg;
};

void cfg_release(struct cfg __rcu **slot);

static void port_reset(struct port *port)
{
	cfg_release(&port->cfg);
}",
        fix_safety: "\
Unsafe for values of `xchg()` and its kind: `unrcu_pointer()` around what they return and \
`RCU_INITIALIZER()` around what they store keep what the code means, but `unrcu_pointer()` came with \
Linux 5.14. Everything else is told in words: which of the two types is wrong needs someone who knows \
the code.",
        limits: "\
A value is judged by its type: what reached an annotated local through an accessor and a cast is taken \
for loaded plainly. Where definitions of one name disagree about the annotation (`#ifdef` twins), \
nothing is reported.",
    },
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for one in &context.facts.conversions {
        if !is_cast(one) {
            found.push(judge(context, one));
        }
    }
}

fn judge(context: &Context<'_>, one: &Conversion) -> Diagnostic {
    let name = in_quotes(&one.expression);
    let (from, to) = (in_quotes(&one.from), in_quotes(&one.to));
    let what = match &one.how {
        ConversionKind::Passed(callee) => {
            format!("{name} of type {from} is passed to {callee}(), which takes {to}")
        }
        ConversionKind::Assigned => {
            format!("{name} of type {from} is assigned to something of type {to}")
        }
        ConversionKind::Initialized => {
            format!("{name} of type {from} initialises something of type {to}")
        }
        ConversionKind::Returned => {
            format!("{name} of type {from} is returned from a function of type {to}")
        }
        ConversionKind::Compared => format!("{name} of type {from} is compared with a {to}"),
        ConversionKind::Selected => {
            format!("{name} of type {from} is one arm of ?:, a {to} the other")
        }
        ConversionKind::Followed => {
            format!("{name} of type {from} is followed without an accessor")
        }
        ConversionKind::Redeclared => {
            format!("{name} is defined with the type {from}, but declared with {to}")
        }
        // RCU106.
        ConversionKind::Cast | ConversionKind::CastBy(_) => String::new(),
    };
    let advice = advice(one);
    let severity = match one.how {
        ConversionKind::Followed => Severity::Error,
        _ => RULE.severity,
    };
    let by = match &one.through_macro {
        Some(name) => format!(" in the body of {name}()"),
        None => String::new(),
    };
    let message = format!("{what}{by}{}; {advice}", under(one.condition.as_deref()));
    let mut diagnostic = diagnostic(&RULE, context, &place(one), severity, message);
    diagnostic.fix = exchanged(context, one);
    add_declarations(&mut diagnostic, one);
    diagnostic
}

/// Whether a conversion is RCU106's.
pub(crate) fn is_cast(one: &Conversion) -> bool {
    matches!(one.how, ConversionKind::Cast | ConversionKind::CastBy(_))
}

/// The place of a conversion.
pub(crate) fn place(one: &Conversion) -> Place<'_> {
    Place {
        function: one.function.as_deref(),
        span: one.span,
        expression: &one.expression,
        definition: one.definition.as_ref(),
    }
}

/// The declaration that has the annotation and the one that lacks it.
pub(crate) fn add_declarations(diagnostic: &mut Diagnostic, one: &Conversion) {
    let (annotated, plain) =
        if one.adds { (&one.target, &one.value) } else { (&one.value, &one.target) };
    diagnostic.related.extend(annotated.as_ref().map(|at| related(at, DECLARED_HERE)));
    diagnostic.related.extend(plain.as_ref().map(|at| related(at, "declared without __rcu here")));
}

fn advice(one: &Conversion) -> String {
    if one.exchange && one.level == 0 {
        return if one.adds {
            "RCU_INITIALIZER() around the value makes the types agree".to_owned()
        } else {
            "unrcu_pointer() around the result makes the types agree".to_owned()
        };
    }
    match (one.level, one.adds) {
        _ if one.how == ConversionKind::Redeclared => "make the two agree",
        _ if one.how == ConversionKind::Followed => {
            "load it with rcu_dereference() where it is stored, and pass the plain pointer on"
        }
        (0, false) => "load it with an accessor where it is stored, and hand on the plain pointer",
        (0, true) => "pass the plain pointer, and let whoever stores it use rcu_assign_pointer()",
        (_, false) => "annotate the other side with __rcu as well, and use accessors there",
        (_, true) => "annotate what it points to with __rcu as well",
    }
    .to_owned()
}

/// The edit for what an exchange takes or returns.
fn exchanged(context: &Context<'_>, one: &Conversion) -> Option<Fix> {
    if !one.exchange || one.level > 0 || one.definition.is_some() {
        return None;
    }
    let value = rewrite::argument(rewrite::text(context.source, one.span)?);
    let (wrapper, message) = if one.adds {
        ("RCU_INITIALIZER", "put the value into RCU_INITIALIZER()")
    } else {
        ("unrcu_pointer", "take the annotation off with unrcu_pointer()")
    };
    let content = format!("{wrapper}({value})");
    Some(fix(context, Applicability::Unsafe, message.to_owned(), one.span, content))
}

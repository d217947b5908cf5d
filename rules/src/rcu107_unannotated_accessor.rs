//! RCU107 unannotated-accessor.

use rculint_analyzer::facts::{Declaration, Insertion, Unannotated};

use crate::diagnostic::{Applicability, Diagnostic, Edit, Fix, Severity};
use crate::finding::{Place, diagnostic, in_quotes, related, under, used};
use crate::rule::{Context, Docs, FixAvailability, Rule};

/// The rule.
pub(crate) static RULE: Rule = Rule {
    code: "RCU107",
    name: "unannotated-accessor",
    severity: Severity::Warning,
    fix: FixAvailability::Sometimes,
    precision: None,
    since: "0.1.0",
    summary: "RCU accessors are applied to something that is not declared `__rcu`",
    docs: Docs {
        finds: "\
A member, variable or parameter that is loaded or stored with an RCU accessor although its declaration \
lacks `__rcu`. It is reported once, at the declaration, with every use as a related place; sparse \
reports each use as incompatible types in a comparison that is not in the source. Links of generic \
containers (`hlist_node.next`, `rb_node.rb_left`), which are not annotated on purpose, are notes at \
the use. `rcu_dereference_raw()` asks for no annotation.",
        matters: "\
Without the annotation nobody notices the accesses that forget the accessor, neither sparse nor this \
tool; and the next reader of the structure cannot see that the pointer is one that readers follow.",
        example: "\
struct cfg {
	int mtu;
};

struct port {
	struct cfg *cfg;
};

static int port_mtu(struct port *port)
{
	int mtu;

	rcu_read_lock();
	mtu = rcu_dereference(port->cfg)->mtu;
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
	int mtu;

	rcu_read_lock();
	mtu = rcu_dereference(port->cfg)->mtu;
	rcu_read_unlock();
	return mtu;
}",
        fix_safety: "\
Unsafe: the word itself changes nothing for the compiler, but the plain accesses that it brings to \
light want accessors of their own. The edit lies where the declaration is, which may be a header. No \
edit is proposed where the word would annotate more than the one declared name (`T *a, *b`), and for \
what a function returns.",
        limits: "\
Checking one file shows the uses in that file alone; the declaration may be used elsewhere. Where \
definitions of one name disagree about the annotation (`#ifdef` twins), nothing is reported.",
    },
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    found.extend(context.facts.unannotated.iter().map(|one| match one.declarations.first() {
        Some((declaration, _)) => at_declaration(context, one, declaration),
        None => at_use(context, one),
    }));
}

fn place(one: &Unannotated) -> Place<'_> {
    Place {
        function: one.function.as_deref(),
        span: one.span,
        expression: &one.expression,
        definition: one.definition.as_ref(),
    }
}

fn at_declaration(
    context: &Context<'_>,
    one: &Unannotated,
    declaration: &Declaration,
) -> Diagnostic {
    let name = declaration.name.split_once(' ').map_or(&*declaration.name, |(_, name)| name);
    let (quoted, annotated) = (in_quotes(&declaration.name), in_quotes(&one.annotated));
    let arm = under(one.declared_under.as_deref());
    let message = if one.direct {
        format!(
            "{quoted} is accessed as an RCU pointer but is not declared __rcu{arm}; declare it with \
             the type {annotated}"
        )
    } else {
        format!(
            "the pointers that {quoted} leads to are accessed as RCU pointers but not declared \
             __rcu{arm}; declare them with the type {annotated}"
        )
    };
    let here = Place { definition: None, ..place(one) };
    let found = diagnostic(&RULE, context, &here, RULE.severity, message).moved_to(declaration);
    let through = format!("accessed with {}() here", one.accessor);
    let mut places = vec![used(context, one.span, through)];
    let others = one.declarations.iter().skip(1);
    places.extend(others.map(|(other, _)| related(other, "also declared here")));
    Diagnostic {
        function: None,
        expression: name.to_owned(),
        related: places,
        fix: annotate(&one.declarations),
        ..found
    }
}

/// The edit of every declaration, if all can be edited.
pub(crate) fn annotate(declarations: &[(Declaration, Option<Insertion>)]) -> Option<Fix> {
    let edit = |(declaration, at): &(Declaration, Option<Insertion>)| {
        let at = (*at)?;
        Some(Edit {
            filename: declaration.shown.clone(),
            content: at.text().to_owned(),
            location: at.position.into(),
            end_location: at.position.into(),
            path: declaration.path.clone(),
            span: at.span,
        })
    };
    let edits = declarations.iter().map(edit).collect::<Option<Vec<_>>>()?;
    let message = "declare it __rcu".to_owned();
    Some(Fix { applicability: Applicability::Unsafe, message, edits })
}

fn at_use(context: &Context<'_>, one: &Unannotated) -> Diagnostic {
    let name = in_quotes(&one.expression);
    let accessor = &one.accessor;
    let arm = under(one.condition.as_deref());
    let (severity, message) = match &one.container {
        Some(tag) => (
            Severity::Note,
            format!(
                "{accessor}() of {name}, a link of the generic container `{tag}`{arm}: it is not \
                 annotated on purpose, and the container's own RCU helpers cast it"
            ),
        ),
        None => (
            RULE.severity,
            format!(
                "{accessor}() of {name} of type {}{arm}, which has no __rcu",
                in_quotes(&one.ty)
            ),
        ),
    };
    diagnostic(&RULE, context, &place(one), severity, message)
}

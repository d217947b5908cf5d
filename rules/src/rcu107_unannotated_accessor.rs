//! RCU107 unannotated-accessor.

use rculint_analyzer::facts::{Declaration, Insertion, Unannotated};
use rculint_analyzer::text::Span;

use crate::diagnostic::{Applicability, Diagnostic, Edit, Fix, Severity};
use crate::finding::{Place, diagnostic, in_quotes, under, used};
use crate::rule::{Context, Docs, FixAvailability, Rule};

/// The rule.
pub(crate) static RULE: Rule = Rule {
    code: "RCU107",
    name: "unannotated-accessor",
    severity: Severity::Warning,
    fix: FixAvailability::Sometimes,
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
    found.extend(context.facts.unannotated.iter().map(|one| match (&one.declaration, &one.container) {
        (Some(declaration), None) => at_declaration(context, one, declaration),
        (_, container) => at_use(context, one, container.as_deref()),
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
    let message = format!(
        "{} is accessed as an RCU pointer but is not declared __rcu; declare it with the type {}",
        in_quotes(&declaration.name),
        in_quotes(&annotated(&one.ty)),
    );
    let here = Place { definition: None, ..place(one) };
    let found = diagnostic(&RULE, context, &here, RULE.severity, message).moved_to(declaration);
    let through = format!("accessed with {}() here", one.accessor);
    Diagnostic {
        function: None,
        expression: name.to_owned(),
        related: vec![used(context, one.span, through)],
        fix: one.insertion.map(|at| insert(declaration, at)),
        ..found
    }
}

/// `T *` as `T __rcu *`.
fn annotated(ty: &str) -> String {
    match ty.rfind('*') {
        Some(star) => {
            let before = ty[..star].trim_end();
            let gap = if before.ends_with('(') { "" } else { " " };
            format!("{before}{gap}__rcu {}", &ty[star..])
        }
        None => format!("{ty} __rcu"),
    }
}

fn insert(declaration: &Declaration, at: Insertion) -> Fix {
    let edit = Edit {
        filename: declaration.shown.clone(),
        content: "__rcu ".to_owned(),
        location: at.position.into(),
        end_location: at.position.into(),
        span: Span { ..at.span },
    };
    Fix {
        applicability: Applicability::Unsafe,
        message: "declare it __rcu".to_owned(),
        edits: vec![edit],
    }
}

fn at_use(context: &Context<'_>, one: &Unannotated, container: Option<&str>) -> Diagnostic {
    let name = in_quotes(&one.expression);
    let accessor = &one.accessor;
    let arm = under(one.condition.as_deref());
    let (severity, message) = match container {
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

#[cfg(test)]
mod tests {
    use super::annotated;

    #[test]
    fn the_outermost_pointer_is_annotated() {
        assert_eq!(annotated("struct x *"), "struct x __rcu *");
        assert_eq!(annotated("struct x **"), "struct x * __rcu *");
        assert_eq!(annotated("int (*)(int)"), "int (__rcu *)(int)");
    }
}

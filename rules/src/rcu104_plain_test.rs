//! RCU104 plain-test.

use rculint_analyzer::facts::{Access, Usage};

use crate::accessor::Chooser;
use crate::diagnostic::{Applicability, Diagnostic, Fix, Severity};
use crate::finding::{Finding, advice_only, fix, quoted, report};
use crate::rewrite;
use crate::rule::{Context, Docs, FixAvailability, Rule};

/// The rule.
pub(crate) static RULE: Rule = Rule {
    code: "RCU104",
    name: "plain-test",
    severity: Severity::Warning,
    fix: FixAvailability::Sometimes,
    precision: None,
    since: "0.1.0",
    summary: "an `__rcu` pointer is tested for NULL or compared without an accessor",
    docs: Docs {
        finds: "\
An lvalue whose type is an `__rcu` pointer and whose value is only tested or compared: `if (p)`, \
`!p`, `p ? a : b`, `p && q`, `p == q`, `WARN_ON(p)`. A test of `READ_ONCE(p)` is a note.",
        matters: "\
The test races with updaters: the compiler may merge it with another load of the pointer, or split \
it into several. `rcu_access_pointer()` loads the value once, needs neither a reader section nor a \
lock, and tells whoever reads the code that the pointer is not followed. sparse does not report \
such tests.",
        example: "\
struct cfg {
	int mtu;
};

struct port {
	struct cfg __rcu *cfg;
};

static int port_ready(struct port *port)
{
	if (!port->cfg)
		return 0;
	return 1;
}",
        instead: "\
struct cfg {
	int mtu;
};

struct port {
	struct cfg __rcu *cfg;
};

static int port_ready(struct port *port)
{
	if (!rcu_access_pointer(port->cfg))
		return 0;
	return 1;
}",
        fix_safety: "\
Safe: `rcu_access_pointer()` is the same load, made once. It needs the complete type of what is \
pointed to; where only a forward declaration is visible the edit does not compile, which the \
compiler says. Unsafe where a lock is held and the code around tests pointers under it with \
`rcu_dereference_protected()` (RTNL: `rtnl_dereference()`), which is proposed then. In words where the other side of a comparison is \
cast to `__rcu`: the cast would have to go as well.",
        limits: "\
A test whose pointer is loaded again and followed afterwards is reported as a test; the second load \
is reported on its own and may see another object.",
    },
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let chooser = Chooser::new(context.facts);
    for access in &context.facts.accesses {
        if access.usage == Usage::Test {
            found.push(report(&RULE, context, access, judge(context, &chooser, access)));
        }
    }
}

fn judge(context: &Context<'_>, chooser: &Chooser<'_>, access: &Access) -> Finding {
    let name = quoted(access);
    let in_macro = access.definition.is_some();
    let call =
        rewrite::enclosing_call(context.source, access.span, "READ_ONCE").filter(|_| !in_macro);
    let marked = call.is_some() || access.through_macro.as_deref() == Some("READ_ONCE");
    let (severity, what) = if marked {
        let what =
            format!("test of READ_ONCE() of {name}, an __rcu pointer, bypasses the annotation");
        (Severity::Note, what)
    } else {
        (RULE.severity, format!("plain test of {name}, an __rcu pointer"))
    };
    let edit = || -> Option<Fix> {
        if in_macro {
            return Some(advice_only("use rcu_access_pointer()".to_owned()));
        }
        if access.against_annotated {
            return Some(advice_only(
                "use rcu_access_pointer(), and compare with a plain pointer".to_owned(),
            ));
        }
        // READ_ONCE() does not take a call, so an edit has to replace all of it.
        let span = if marked { call? } else { access.span };
        let pointer = rewrite::argument(rewrite::text(context.source, access.span)?);
        if let Some(choice) = chooser.test(access).filter(|_| !marked) {
            let message = format!("look at the value with {}()", choice.name);
            let content = choice.call(&pointer);
            return Some(fix(context, choice.applicability, message, span, content));
        }
        let content = format!("rcu_access_pointer({pointer})");
        let message = "look at the value with rcu_access_pointer()".to_owned();
        Some(fix(context, Applicability::Safe, message, span, content))
    };
    Finding { severity, what, advice: "use rcu_access_pointer()".to_owned(), fix: edit() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Case;

    fn test(code: &str) -> Case {
        Case::new(code, Usage::Test)
    }

    #[test]
    fn contract() {
        insta::assert_snapshot!(test("\tif (!«p->cfg»)\n").json());
    }

    #[test]
    fn only_the_argument_of_a_macro_is_wrapped() {
        let case = test("WARN_ON(«p->cfg» != cfg);").through("WARN_ON");
        assert_eq!(case.fixed(), "WARN_ON(rcu_access_pointer(p->cfg) != cfg);");
        assert_eq!((case.severity(), case.applicability()), (Severity::Warning, "safe"));
    }

    #[test]
    fn read_once_is_a_note_and_replaced_whole() {
        let case = test("if (READ_ONCE(«p->cfg»))").through("READ_ONCE");
        assert_eq!(case.severity(), Severity::Note);
        assert_eq!(case.fixed(), "if (rcu_access_pointer(p->cfg))");
        let nested = test("WARN_ON(READ_ONCE(«p->cfg»));").through("WARN_ON");
        assert_eq!(nested.severity(), Severity::Note);
        assert_eq!(nested.fixed(), "WARN_ON(rcu_access_pointer(p->cfg));");
        let hidden = test("if (peek(«p->cfg»))").through("READ_ONCE");
        assert_eq!(hidden.edits(), 0);
    }
}

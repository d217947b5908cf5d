//! RCU101 plain-load.

use rculint_analyzer::facts::{Access, Load, Usage};
use rculint_analyzer::text::Span;

use crate::accessor::{Choice, Chooser};
use crate::diagnostic::{Diagnostic, Fix, Severity};
use crate::finding::{self, Finding, advice_only, quoted, report};
use crate::rewrite;
use crate::rule::{Context, Docs, FixAvailability, Rule};

/// The rule.
pub(crate) static RULE: Rule = Rule {
    code: "RCU101",
    name: "plain-load",
    severity: Severity::Error,
    fix: FixAvailability::Always,
    precision: None,
    since: "0.1.0",
    summary: "an `__rcu` pointer is read, followed, passed or returned without an accessor",
    docs: Docs {
        finds: "\
An lvalue whose type is an `__rcu` pointer (a member, an array element, a global, `*pp`) that is \
read outside an accessor: followed on the spot (`d->cfg->mtu`), assigned, passed to a function, \
returned, cast or calculated with. `READ_ONCE()` on such an lvalue is found too, as a warning: the \
load is whole, but nothing tells lockdep and sparse what protects it. Reads of an object that no \
reader can see, and reads by an owner that the kernel reads plainly by convention \
(`current->sighand`, `rq->curr` outside a reader section), are notes. A copy to something that is \
`__rcu` as well is a warning: the load is plain, and an accessor on the copy comes too late.",
        matters: "\
An updater may replace the pointer at any moment. The compiler may load a plain lvalue twice, and \
get two objects; it may load it in pieces; and on weakly ordered machines the fields read through \
it may be older than the pointer. The accessors also carry the proof, checked at run time by \
lockdep, that a reader section or the lock of the updaters is held.",
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
	int mtu;

	rcu_read_lock();
	cfg = port->cfg;
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
	int mtu;

	rcu_read_lock();
	cfg = rcu_dereference(port->cfg);
	mtu = cfg->mtu;
	rcu_read_unlock();
	return mtu;
}",
        fix_safety: "\
Unsafe: to be reviewed. What is held decides between the sides: a reader's accessor in a reader \
section, also one that is entered with a lock held; `rcu_dereference_protected()` under a lock. \
Other calls of accessors tell by which name that side goes and what proves it: those in the same \
function first, then in functions of the file and of the files beside it that look alike, and \
those on the same declaration more than others. So it is `rtnl_dereference()` or a driver's own \
wrapper that is proposed where the neighbours use it, and a neighbour's condition, rewritten for \
the object at hand, if all that it names can be named there. `rcu_access_pointer()` is proposed \
where nothing is known to be held and the function never follows the value; a constant condition \
where the object is private, or freed further down with no grace period in between, or in \
functions like those that use one. Where nothing is known to be held, the name of the function and \
the comments at it (`Called with RTNL held`) count as well. Where nothing is known to be held and \
the other uses differ or there are none, it is a guess, which the message says: an updater then \
wants `rcu_dereference_protected()` with its lock instead of the reader's accessor. Display-only \
for owners that read plainly by convention. The accessors need the complete type of what is \
pointed to; where only a forward declaration is visible the edit may not compile.",
        limits: "\
What protects the access is what the function holds on every way to it, and what all callers in the \
same file hold, as far as they are known; that counts less than what the function itself takes. \
Callers in other files are not seen. Whether a value is followed is judged from all uses of the \
variable that holds it, in whatever order they run. Files beside the one at hand are read by their tokens: a member there \
counts by its name. Copies of whole structures that hold `__rcu` pointers are not reported.",
    },
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let chooser = Chooser::new(context.facts);
    for access in &context.facts.accesses {
        if let Usage::Load(load) = &access.usage {
            found.push(report(&RULE, context, access, judge(context, &chooser, access, load)));
        }
    }
}

fn judge(context: &Context<'_>, chooser: &Chooser<'_>, access: &Access, load: &Load) -> Finding {
    let name = quoted(access);
    let choice = chooser.load(access);
    if let Load::Marked(call) = load {
        return Finding {
            severity: Severity::Warning,
            what: format!(
                "READ_ONCE() of {name}, an __rcu pointer: the load is marked but bypasses the \
                 annotation, so neither sparse nor lockdep can check it"
            ),
            fix: rewritten(context, access, &choice, *call),
            advice: choice.advice,
        };
    }
    if *load == Load::Copied {
        // An accessor here gives a plain pointer: the other side has to follow.
        let advice =
            format!("load it with {}() and make the other side a plain pointer", choice.name);
        return Finding {
            severity: Severity::Warning,
            what: format!(
                "plain load of {name}, an __rcu pointer, where the other side is __rcu as well: an \
                 accessor there comes after the load"
            ),
            fix: Some(advice_only(advice.clone())),
            advice,
        };
    }
    if let Load::HandedOver(callee) = load {
        let advice = format!(
            "load it with {}() and make the parameter a plain pointer, or pass its address",
            choice.name
        );
        return Finding {
            severity: Severity::Warning,
            what: format!(
                "plain load of {name}, an __rcu pointer that is passed by value to {callee}(), \
                 whose parameter is __rcu as well: an accessor there comes after the load"
            ),
            fix: Some(advice_only(advice.clone())),
            advice,
        };
    }
    let place = match load {
        Load::Followed => " that is followed at once".to_owned(),
        Load::Passed(callee) => format!(" that is passed to {callee}()"),
        Load::Returned => " that is returned".to_owned(),
        Load::Assigned | Load::Other => String::new(),
        // Dealt with above.
        Load::Marked(_) | Load::HandedOver(_) | Load::Copied => String::new(),
    };
    Finding {
        severity: RULE.severity,
        what: format!("plain load of {name}, an __rcu pointer{place}"),
        fix: rewritten(context, access, &choice, access.span),
        advice: choice.advice,
    }
}

/// The accessor around the lvalue, in place of `span`.
fn rewritten(context: &Context<'_>, access: &Access, choice: &Choice, span: Span) -> Option<Fix> {
    if access.definition.is_some() {
        return Some(advice_only(choice.advice.clone()));
    }
    let pointer = rewrite::argument(rewrite::text(context.source, access.span)?);
    let message = match choice.applicability {
        _ if choice.guess && choice.name == "rcu_dereference" => {
            "load it with rcu_dereference() if this is a reader; an updater uses \
             rcu_dereference_protected() and names its lock"
                .to_owned()
        }
        _ => format!("load it with {}()", choice.name),
    };
    Some(finding::fix(context, choice.applicability, message, span, choice.call(&pointer)))
}

#[cfg(test)]
mod tests {
    use rculint_analyzer::facts::{Flavour, Protection, Storage};

    use super::*;
    use crate::testing::Case;

    fn load(code: &str, load: Load) -> Case {
        Case::new(code, Usage::Load(load))
    }

    #[test]
    fn contract() {
        let case = load("\tctx = «table->table[id]»;\n", Load::Assigned)
            .protected(Protection::Reader(Flavour::Rcu));
        insta::assert_snapshot!(case.json());
    }

    #[test]
    fn protection_chooses_the_accessor() {
        let fixed = |protection| {
            let case = load("return «p->cfg»->mtu;", Load::Followed).protected(protection);
            format!("{} | {} | {}", case.applicability(), case.fixed(), case.message())
        };
        let all = [
            Protection::Reader(Flavour::Rcu),
            Protection::Reader(Flavour::Bh),
            Protection::Reader(Flavour::Sched),
            Protection::Rtnl,
            Protection::Lock("&p->lock".to_owned()),
            Protection::Unknown,
        ];
        insta::assert_snapshot!(all.map(fixed).join("\n"));
    }

    #[test]
    fn where_the_value_goes() {
        let all = [
            load("f(«p->cfg»);", Load::Passed("f".to_owned())),
            load("return «p->cfg»;", Load::Returned),
            load("x = (long)«p->cfg»;", Load::Other),
        ];
        insta::assert_snapshot!(all.map(|case| case.message()).join("\n"));
    }

    #[test]
    fn marked_loads_are_warnings_and_replaced_whole() {
        let case = load("c = READ_ONCE(«p->cfg»);", Load::Marked(Span::new(4, 21)))
            .protected(Protection::Reader(Flavour::Rcu));
        assert_eq!(case.severity(), Severity::Warning);
        assert_eq!(case.fixed(), "c = rcu_dereference(p->cfg);");
        assert!(case.message().contains("READ_ONCE() of `p->cfg`"));
    }

    #[test]
    fn owners_and_unpublished_objects_are_notes() {
        let owner = load("spin_lock(&«current->sighand»->siglock);", Load::Followed)
            .owned("a task keeps its own sighand");
        assert_eq!(owner.severity(), Severity::Note);
        assert_eq!(owner.applicability(), "display-only");
        assert!(owner.message().contains("by convention: a task keeps its own sighand"));
        let fresh = load("x = «new->cfg»;", Load::Assigned).stored_in(Storage::Fresh);
        assert_eq!(fresh.severity(), Severity::Note);
        assert_eq!(fresh.fixed(), "x = rcu_dereference_protected(new->cfg, true);");
    }

    #[test]
    fn comments_and_lines_inside_the_expression_stay() {
        let case = load("c = «p /* the port */\n\t->cfg»;", Load::Assigned)
            .protected(Protection::Reader(Flavour::Rcu));
        assert_eq!(case.fixed(), "c = rcu_dereference(p /* the port */\n\t->cfg);");
        assert!(case.message().contains("`p /* the port */ ->cfg`"));
    }

    #[test]
    fn arms_of_conditionals_are_named() {
        let case = load("c = «p->cfg»;", Load::Assigned).under("CONFIG_SMP");
        assert!(case.message().contains("(under CONFIG_SMP)"));
    }
}

//! RCU103 plain-null-store.

use rculint_analyzer::facts::{Access, Store, StoreKind, Usage};

use crate::diagnostic::{Applicability, Diagnostic, Fix, Severity};
use crate::finding::{Finding, advice_only, fix, quoted, report};
use crate::rewrite;
use crate::rule::{Context, Docs, FixAvailability, Rule};

/// The rule.
pub(crate) static RULE: Rule = Rule {
    code: "RCU103",
    name: "plain-null-store",
    severity: Severity::Warning,
    fix: FixAvailability::Sometimes,
    precision: None,
    since: "0.1.0",
    summary: "NULL is stored to an `__rcu` lvalue without an accessor",
    docs: Docs {
        finds: "\
An assignment of NULL to an lvalue whose type is an `__rcu` pointer. `WRITE_ONCE(p, NULL)` is a \
note, as are stores into an object that no reader can see yet. Zeroing a whole object (`memset()`, \
`kzalloc()`) is not a store to the pointer.",
        matters: "\
NULL needs no ordering, but the store races with readers: the compiler may tear it, repeat it or \
drop it in favour of a later one. It also hides from everyone who looks for the places where the \
pointer changes, and those are the places after which a grace period has to pass. sparse does not \
report it, because NULL fits every address space.",
        example: "\
struct cfg {
	int mtu;
};

struct port {
	struct cfg __rcu *cfg;
};

static void port_clear(struct port *port)
{
	port->cfg = NULL;
}",
        instead: "\
struct cfg {
	int mtu;
};

struct port {
	struct cfg __rcu *cfg;
};

static void port_clear(struct port *port)
{
	RCU_INIT_POINTER(port->cfg, NULL);
}",
        fix_safety: "\
Safe: `RCU_INIT_POINTER(p, NULL)` is the same store, made in one piece. Display-only, and in words, \
where the value of the assignment is used, since `RCU_INIT_POINTER()` is a statement.",
        limits: "\
Whether an object is still private, or readers are gone already, is only known from the function \
itself: a store in a destructor is reported.",
    },
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for access in &context.facts.accesses {
        if let Usage::NullStore(store) = &access.usage {
            found.push(report(&RULE, context, access, judge(context, access, store)));
        }
    }
}

fn judge(context: &Context<'_>, access: &Access, store: &Store) -> Finding {
    let name = quoted(access);
    let (severity, what) = match store.how {
        StoreKind::WriteOnce => (
            Severity::Note,
            format!(
                "WRITE_ONCE() of NULL to {name}, an __rcu pointer: the store is marked but \
                 bypasses the annotation"
            ),
        ),
        StoreKind::Expression => (
            RULE.severity,
            format!("plain store of NULL to {name}, an __rcu pointer, inside an expression"),
        ),
        StoreKind::Statement | StoreKind::Initializer | StoreKind::Update => {
            (RULE.severity, format!("plain store of NULL to {name}, an __rcu pointer"))
        }
    };
    let advice = match store.how {
        StoreKind::Update => "use rcu_replace_pointer() under the lock that updaters hold",
        StoreKind::Expression => "use RCU_INIT_POINTER() in a statement of its own",
        _ => "use RCU_INIT_POINTER()",
    };
    Finding { severity, what, advice: advice.to_owned(), fix: proposal(context, access, store) }
}

fn proposal(context: &Context<'_>, access: &Access, store: &Store) -> Option<Fix> {
    if access.definition.is_some() {
        return Some(advice_only("use RCU_INIT_POINTER()".to_owned()));
    }
    let value = store.value.and_then(|value| rewrite::text(context.source, value));
    if value.is_some_and(rewrite::assigns) {
        // `a = b = NULL`: the other store must not be lost.
        return Some(advice_only(
            "split the assignments, and use RCU_INIT_POINTER() for this one".to_owned(),
        ));
    }
    let whole = rewrite::text(context.source, store.whole)?;
    let content = match store.how {
        StoreKind::Statement => {
            let from = access.span.end.checked_sub(store.whole.start)? as usize;
            rewrite::assignment(whole, from, "RCU_INIT_POINTER", true)?
        }
        StoreKind::WriteOnce => rewrite::renamed(whole, "WRITE_ONCE", "RCU_INIT_POINTER")?,
        StoreKind::Expression => {
            return Some(advice_only(
                "move the store to a statement of its own and use RCU_INIT_POINTER() there"
                    .to_owned(),
            ));
        }
        StoreKind::Update => {
            return Some(advice_only(
                "under the lock that updaters hold, rcu_replace_pointer() stores NULL and returns \
                 the old pointer"
                    .to_owned(),
            ));
        }
        // NULL in an initialiser is what a zeroed object holds anyway.
        StoreKind::Initializer => return None,
    };
    let message = "store NULL with RCU_INIT_POINTER()".to_owned();
    Some(fix(context, Applicability::Safe, message, store.whole, content))
}

#[cfg(test)]
mod tests {
    use rculint_analyzer::facts::Storage;

    use super::*;
    use crate::testing::Case;

    fn null(code: &str, how: StoreKind) -> Case {
        Case::store(code, how, Usage::NullStore)
    }

    #[test]
    fn contract() {
        insta::assert_snapshot!(null("\t‹«p->cfg» = ›NULL‹›;\n", StoreKind::Statement).json());
    }

    #[test]
    fn zero_becomes_null() {
        let case = null("‹«*slot» = ›0‹›;", StoreKind::Statement);
        assert_eq!(case.fixed(), "RCU_INIT_POINTER(*slot, NULL);");
        assert_eq!(case.applicability(), "safe");
    }

    #[test]
    fn write_once_is_a_note() {
        let case = null("‹WRITE_ONCE(«p->cfg», ›NULL‹)›;", StoreKind::WriteOnce);
        assert_eq!(case.severity(), Severity::Note);
        assert_eq!(case.fixed(), "RCU_INIT_POINTER(p->cfg, NULL);");
    }

    #[test]
    fn private_objects_are_notes() {
        let case = null("‹«n->next» = ›NULL‹›;", StoreKind::Statement).stored_in(Storage::Fresh);
        assert_eq!(case.severity(), Severity::Note);
    }

    #[test]
    fn expressions_are_told_in_words() {
        let case = null("a = ‹«p->cfg» = ›NULL‹›;", StoreKind::Expression);
        assert_eq!((case.severity(), case.edits()), (Severity::Warning, 0));
    }

    #[test]
    fn a_store_inside_the_value_is_not_lost() {
        let case =
            Case::store("‹«p->cfg» = ›p->spare = NULL‹›;", StoreKind::Statement, Usage::NullStore);
        assert_eq!((case.applicability(), case.edits()), ("display-only", 0));
    }
}

//! RCU102 plain-store.

use rculint_analyzer::facts::{Access, Store, StoreKind, Usage};

use crate::accessor::{Chooser, unpublished};
use crate::diagnostic::{Applicability, Diagnostic, Fix, Severity};
use crate::finding::{Finding, advice_only, fix, quoted, report};
use crate::rewrite;
use crate::rule::{Context, Docs, FixAvailability, Rule};

/// The rule.
pub(crate) static RULE: Rule = Rule {
    code: "RCU102",
    name: "plain-store",
    severity: Severity::Error,
    fix: FixAvailability::Sometimes,
    precision: None,
    since: "0.1.0",
    summary: "a pointer other than NULL is stored to an `__rcu` lvalue without an accessor",
    docs: Docs {
        finds: "\
An assignment of anything but NULL to an lvalue whose type is an `__rcu` pointer, an initialiser of \
one, a `WRITE_ONCE()` to one (a warning: the store is whole but not ordered), and macros that read \
and write it, such as `swap()`. Stores into an object that no reader can see yet, and initialisers, \
are notes.",
        matters: "\
The store publishes an object. Compiler and machine may move a plain store, and a `WRITE_ONCE()`, \
before the stores that fill the object in, so that a reader who finds the pointer reads fields that \
are not there yet. `rcu_assign_pointer()` is a release: everything written before it is visible to \
whoever loads the pointer with `rcu_dereference()`.",
        example: "\
struct cfg {
	int mtu;
};

struct port {
	struct cfg __rcu *cfg;
};

static void port_publish(struct port *port, struct cfg *cfg)
{
	cfg->mtu = 1500;
	port->cfg = cfg;
}",
        instead: "\
struct cfg {
	int mtu;
};

struct port {
	struct cfg __rcu *cfg;
};

static void port_publish(struct port *port, struct cfg *cfg)
{
	cfg->mtu = 1500;
	rcu_assign_pointer(port->cfg, cfg);
}",
        fix_safety: "\
Safe for assignments that are statements of their own and for `WRITE_ONCE()`: \
`rcu_assign_pointer()` orders more than what it replaces. Unsafe where `RCU_INIT_POINTER()` is \
proposed: other stores to the same pointer use it, or the object is private or the value a constant \
object of the file, and the stores around do not speak against it. Unsafe for initialisers, whose value is \
put into `RCU_INITIALIZER()`. Display-only, and in words, for an assignment whose value is used and \
for macros that read and write: `rcu_assign_pointer()` is a statement, so the code around it has to \
change.",
        limits: "\
Copies of whole structures and `memcpy()` over arrays of such pointers are not reported. Whether an \
object is still private is only known within the function that allocates it.",
    },
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let chooser = Chooser::new(context.facts);
    for access in &context.facts.accesses {
        if let Usage::Store(store) = &access.usage {
            found.push(report(&RULE, context, access, judge(context, &chooser, access, store)));
        }
    }
}

fn judge(context: &Context<'_>, chooser: &Chooser<'_>, access: &Access, store: &Store) -> Finding {
    let name = quoted(access);
    let private = needs_no_order(context, chooser, access, store);
    let (severity, what, advice) = match store.how {
        StoreKind::Statement | StoreKind::Expression if unpublished(access) => (
            RULE.severity,
            format!("plain store to {name}, an __rcu pointer"),
            "rcu_assign_pointer(), or RCU_INIT_POINTER() as long as it is private, says so",
        ),
        StoreKind::Statement => (
            RULE.severity,
            format!("plain store to {name}, an __rcu pointer"),
            if private {
                "use rcu_assign_pointer(), or RCU_INIT_POINTER() if nothing it points to has to be \
                 ordered before it"
            } else {
                "use rcu_assign_pointer()"
            },
        ),
        StoreKind::Expression => (
            RULE.severity,
            format!("plain store to {name}, an __rcu pointer, inside an expression"),
            "use rcu_assign_pointer() in a statement of its own",
        ),
        StoreKind::Initializer => (
            RULE.severity,
            format!("plain initialiser of {name}, an __rcu pointer"),
            "RCU_INITIALIZER() around the value makes the types agree",
        ),
        StoreKind::WriteOnce => (
            Severity::Warning,
            format!(
                "WRITE_ONCE() to {name}, an __rcu pointer: the store is marked but not ordered \
                 after the initialisation of the object"
            ),
            "use rcu_assign_pointer()",
        ),
        StoreKind::Update => (
            RULE.severity,
            match &access.through_macro {
                Some(through) => {
                    format!("{through}() reads and writes {name}, an __rcu pointer, plainly")
                }
                None => format!("{name}, an __rcu pointer, is read and written plainly"),
            },
            "use rcu_replace_pointer() under the lock that updaters hold",
        ),
    };
    Finding {
        severity,
        what,
        advice: advice.to_owned(),
        fix: proposal(context, access, store, private),
    }
}

/// Whether a store is one that the code around it would make with `RCU_INIT_POINTER()`.
fn needs_no_order(
    context: &Context<'_>,
    chooser: &Chooser<'_>,
    access: &Access,
    store: &Store,
) -> bool {
    let value = store.value.and_then(|at| rewrite::text(context.source, at));
    let Ok(source) = std::str::from_utf8(context.source.bytes()) else { return false };
    store.how == StoreKind::Statement
        && access.definition.is_none()
        && value.is_some_and(|value| chooser.initialises(access, value, source))
}

fn proposal(context: &Context<'_>, access: &Access, store: &Store, private: bool) -> Option<Fix> {
    if access.definition.is_some() {
        return Some(advice_only("use rcu_assign_pointer()".to_owned()));
    }
    let source = context.source;
    let (applicability, message, span, content) = match store.how {
        StoreKind::Statement
            if store
                .value
                .and_then(|at| rewrite::text(source, at))
                .is_some_and(rewrite::assigns) =>
        {
            return Some(advice_only(
                "split the assignments, and use rcu_assign_pointer() for this one".to_owned(),
            ));
        }
        StoreKind::Statement => {
            let from = access.span.end.checked_sub(store.whole.start)? as usize;
            let whole = rewrite::text(source, store.whole)?;
            if private {
                let content = rewrite::assignment(whole, from, "RCU_INIT_POINTER", false)?;
                let message = "set it with RCU_INIT_POINTER(), if nothing it points to has to be \
                               ordered before it";
                (Applicability::Unsafe, message, store.whole, content)
            } else {
                let content = rewrite::assignment(whole, from, "rcu_assign_pointer", false)?;
                let message = "publish it with rcu_assign_pointer()";
                (Applicability::Safe, message, store.whole, content)
            }
        }
        StoreKind::WriteOnce => {
            let whole = rewrite::text(source, store.whole)?;
            let content = rewrite::renamed(whole, "WRITE_ONCE", "rcu_assign_pointer")?;
            let message = "publish it with rcu_assign_pointer()";
            (Applicability::Safe, message, store.whole, content)
        }
        StoreKind::Initializer => {
            let span = store.value?;
            let value = rewrite::argument(rewrite::text(source, span)?);
            let message = "put the value into RCU_INITIALIZER()";
            (Applicability::Unsafe, message, span, format!("RCU_INITIALIZER({value})"))
        }
        StoreKind::Expression => {
            return Some(advice_only(
                "move the store to a statement of its own and use rcu_assign_pointer() there"
                    .to_owned(),
            ));
        }
        StoreKind::Update => {
            return Some(advice_only(
                "under the lock that updaters hold, rcu_replace_pointer() stores the new pointer \
                 and returns the old one"
                    .to_owned(),
            ));
        }
    };
    Some(fix(context, applicability, message.to_owned(), span, content))
}

#[cfg(test)]
mod tests {
    use rculint_analyzer::facts::Storage;

    use super::*;
    use crate::testing::Case;

    #[test]
    fn contract() {
        insta::assert_snapshot!(
            Case::store("\t‹«p->cfg» = ›new‹›;\n", StoreKind::Statement, Usage::Store).json()
        );
    }

    #[test]
    fn statements_keep_comments_and_lines() {
        let case = Case::store(
            "‹«p->cfg» = /* now */\n\t\t›find(p, 1)‹›;",
            StoreKind::Statement,
            Usage::Store,
        );
        assert_eq!(case.applicability(), "safe");
        assert_eq!(case.fixed(), "rcu_assign_pointer(p->cfg, /* now */\n\t\tfind(p, 1));");
    }

    #[test]
    fn values_with_commas_get_parentheses() {
        let case = Case::store(
            "‹«p->cfg» = ›&(struct cfg){ 1, 2 }‹›;",
            StoreKind::Statement,
            Usage::Store,
        );
        assert_eq!(case.fixed(), "rcu_assign_pointer(p->cfg, (&(struct cfg){ 1, 2 }));");
    }

    #[test]
    fn chains_are_told_in_words() {
        let case =
            Case::store("‹«p->cfg» = ›p->spare = new‹›;", StoreKind::Statement, Usage::Store);
        assert_eq!((case.applicability(), case.edits()), ("display-only", 0));
    }

    #[test]
    fn write_once_is_a_warning() {
        let case =
            Case::store("‹WRITE_ONCE(«p->cfg», ›new‹)›;", StoreKind::WriteOnce, Usage::Store);
        assert_eq!(case.severity(), Severity::Warning);
        assert_eq!(case.fixed(), "rcu_assign_pointer(p->cfg, new);");
    }

    #[test]
    fn initialisers_are_notes() {
        let case = Case::store(
            "static struct cfg __rcu *‹«cur» = ›&boot‹›;",
            StoreKind::Initializer,
            Usage::Store,
        )
        .stored_in(Storage::Global);
        assert_eq!(case.severity(), Severity::Note);
        assert_eq!(case.applicability(), "unsafe");
        assert_eq!(case.fixed(), "static struct cfg __rcu *cur = RCU_INITIALIZER(&boot);");
    }

    #[test]
    fn expressions_and_updates_are_told_in_words() {
        let expression =
            Case::store("if ((‹«p->cfg» = ›new‹›))", StoreKind::Expression, Usage::Store);
        assert_eq!((expression.applicability(), expression.edits()), ("display-only", 0));
        let update = Case::store("‹swap(«p->cfg», ›new‹)›;", StoreKind::Update, Usage::Store)
            .through("swap");
        assert_eq!((update.applicability(), update.edits()), ("display-only", 0));
        assert!(update.message().starts_with("swap() reads and writes `p->cfg`"));
    }

    #[test]
    fn private_objects_are_notes() {
        for storage in [Storage::Fresh, Storage::LocalObject] {
            let case = Case::store("‹«n->next» = ›head‹›;", StoreKind::Statement, Usage::Store)
                .stored_in(storage);
            assert_eq!(case.severity(), Severity::Note);
            assert_eq!(case.fixed(), "rcu_assign_pointer(n->next, head);");
            assert!(case.message().contains("no reader can see the object yet"));
        }
    }
}

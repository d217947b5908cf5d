//! RCU109 annotation-removed.

use rculint_analyzer::change::{ChangeFacts, Lost, Silenced};
use rculint_analyzer::facts::{DealingKind, Declaration};

use crate::diagnostic::{Diagnostic, Severity};
use crate::finding::{in_quotes, related};
use crate::rule::{Context, Docs, FixAvailability, Rule};

/// The rule.
pub(crate) static RULE: Rule = Rule {
    code: "RCU109",
    name: "annotation-removed",
    severity: Severity::Error,
    fix: FixAvailability::Never,
    precision: None,
    since: "0.1.0",
    summary: "a change takes `__rcu` or an accessor away and silences the checkers; only where a change \
              is checked",
    docs: Docs {
        finds: "\
Two versions of the code are compared (`--diff-base`, `--staged`, `--patch`). A declaration that is \
otherwise the same has lost `__rcu`. Or, in a function, a value of an `__rcu` pointer is cast with \
`__force` or to a number, or loaded with `rcu_dereference_raw()`, where the version before had an \
accessor for that pointer, or a finding, that is gone. Nothing is said where a declaration goes as a \
whole, and where with its annotation all accessors go that it had: then it is not protected by RCU any \
more.",
        matters: "\
Each of these makes sparse and this tool silent, and none repairs anything: the reader that follows the \
pointer is still there. Nobody will be told of the next plain access to it either. A review hardly sees \
a word that is gone from a header.",
        example: "\
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
	mtu = rcu_dereference_raw(port->cfg)->mtu;
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
No edit is proposed: what was there before is the repair.",
        limits: "\
The example is the version after the change, what to use instead the one before. Functions are compared \
by their names: in one that is renamed in the same change no accessor is missed. Whether all accessors \
of a declaration are gone is told of the files that are checked. What the body of a macro does is not \
compared.",
    },
    check: nothing,
};

/// A single version shows nothing.
fn nothing(_: &Context<'_>, _: &mut Vec<Diagnostic>) {}

/// The findings in a change.
pub(crate) fn judge(facts: &ChangeFacts) -> Vec<Diagnostic> {
    let lost = facts.lost.iter().filter(|one| !one.given_up).map(removed);
    lost.chain(facts.silenced.iter().map(silenced)).collect()
}

fn removed(one: &Lost) -> Diagnostic {
    let name = in_quotes(&one.after.name);
    let message = match one.still.first() {
        Some(_) => format!(
            "the change takes __rcu away from {name}, to which accessors are still applied; keep the \
             annotation"
        ),
        None => format!(
            "the change takes __rcu away from {name}: plain accesses to it are not found any more; keep \
             the annotation, and use accessors"
        ),
    };
    let mut found = finding(&one.after, &one.after.name, None, message);
    found.related = one
        .still
        .iter()
        .map(|one| related(&one.place, "an accessor is still applied here"))
        .collect();
    found
}

fn silenced(one: &Silenced) -> Diagnostic {
    let place = &one.dealing.place;
    let pointer = in_quotes(&one.dealing.declaration.name);
    let what = match &one.dealing.kind {
        DealingKind::Raw(name) => format!("{name}()"),
        _ => format!("the cast {}", in_quotes(&place.name)),
    };
    let was = match &one.was {
        DealingKind::Accessor(name) | DealingKind::Raw(name) => {
            format!("takes the place of {name}(); use that")
        }
        _ => "silences a finding; use an accessor that fits".to_owned(),
    };
    let message = format!("{what} on {pointer}, an __rcu pointer, {was}");
    let mut found = finding(place, &place.name, one.dealing.function.as_deref(), message);
    found.related = vec![related(&one.dealing.declaration, crate::diagnostic::DECLARED_HERE)];
    found
}

fn finding(
    place: &Declaration,
    expression: &str,
    function: Option<&str>,
    message: String,
) -> Diagnostic {
    Diagnostic {
        code: RULE.code,
        name: RULE.name,
        severity: RULE.severity,
        message,
        filename: place.shown.clone(),
        function: function.map(str::to_owned),
        location: place.start.into(),
        end_location: place.end.into(),
        expression: expression.to_owned(),
        related: Vec::new(),
        steps: Vec::new(),
        fix: None,
        path: place.path.clone(),
        span: place.span,
    }
}

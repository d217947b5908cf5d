//! Words for reader sections, which several rules share.

use rculint_analyzer::facts::{Section, Sleeping};
use rculint_analyzer::kernel::context::Kind;
use rculint_analyzer::text::Span;

use crate::diagnostic::{Diagnostic, Related};
use crate::finding::{Place, diagnostic, in_quotes, related, used};
use crate::rule::{Context, Rule};

/// A section, for a message: "an RCU reader section", "the spinlock `&dev->lock`".
pub(crate) fn named(section: &Section) -> String {
    let object = section.object.as_deref().filter(|object| *object != "?");
    let of = |what: &str| match object {
        Some(object) => format!("{what} {}", in_quotes(object)),
        None => format!("a {}", what.strip_prefix("the ").unwrap_or(what)),
    };
    match section.kind {
        Kind::Rcu => "an RCU reader section".to_owned(),
        Kind::RcuBh => "an RCU-bh reader section".to_owned(),
        Kind::RcuSched => "an RCU-sched reader section".to_owned(),
        Kind::RcuTasksTrace => "an RCU tasks trace reader section".to_owned(),
        Kind::Srcu => match object {
            Some(domain) => format!("an SRCU reader section of {}", in_quotes(domain)),
            None => "an SRCU reader section".to_owned(),
        },
        Kind::Preempt => "code with preemption off".to_owned(),
        Kind::Bh => "code with softirqs off".to_owned(),
        Kind::Irq => "code with interrupts off".to_owned(),
        Kind::Spin | Kind::RawSpin | Kind::Bit => of("the spinlock"),
        Kind::ReadLock | Kind::WriteLock => of("the rwlock"),
        Kind::Mutex => of("the mutex"),
        _ => of("the lock"),
    }
}

/// Where something was taken, as related places.
pub(crate) fn taken(context: &Context<'_>, spans: &[Span], message: &str) -> Vec<Related> {
    spans.iter().map(|span| used(context, *span, message.to_owned())).collect()
}

/// Tells of a section that begins, what is done in it at the place of the finding, and what that
/// comes to. Several beginnings are of different ways there: none comes before another.
pub(crate) fn begun(
    finding: &mut Diagnostic,
    mut beginnings: Vec<Related>,
    here: &str,
    deeper: Vec<Related>,
) {
    let mut steps = Vec::new();
    if beginnings.len() == 1 {
        steps.append(&mut beginnings);
    }
    finding.related = beginnings;
    steps.push(finding.here(here));
    steps.extend(deeper);
    if steps.len() > 1 {
        finding.tell(steps);
    }
}

/// How a section of this kind begins and ends.
pub(crate) fn calls(section: &Section) -> (&'static str, &'static str) {
    match section.kind {
        Kind::RcuBh => ("rcu_read_lock_bh", "rcu_read_unlock_bh"),
        Kind::RcuSched => ("rcu_read_lock_sched", "rcu_read_unlock_sched"),
        Kind::RcuTasksTrace => ("rcu_read_lock_trace", "rcu_read_unlock_trace"),
        Kind::Srcu => ("srcu_read_lock", "srcu_read_unlock"),
        _ => ("rcu_read_lock", "rcu_read_unlock"),
    }
}

/// A call that sleeps, for a message.
pub(crate) fn called(one: &Sleeping) -> String {
    match &one.comes_to {
        Some(deeper) => format!("{}(), which calls {},", one.callee, as_call(deeper)),
        None => format!("{}()", one.callee),
    }
}

/// `f()`, `guard(mutex)`.
fn as_call(name: &str) -> String {
    if name.ends_with(')') { name.to_owned() } else { format!("{name}()") }
}

/// The finding for a call that sleeps.
pub(crate) fn sleeping(
    rule: &Rule,
    context: &Context<'_>,
    one: &Sleeping,
    message: String,
) -> Diagnostic {
    let place = Place {
        function: one.function.as_deref(),
        span: one.span,
        expression: &one.callee,
        definition: None,
    };
    let mut finding = diagnostic(rule, context, &place, rule.severity, message);
    let mut deeper = Vec::new();
    for (at, function) in one.elsewhere.iter().enumerate() {
        let next = one.elsewhere.get(at + 1).map(|next| &next.name).or(one.comes_to.as_ref());
        let says = match next {
            Some(next) => format!("{}() comes to {}", function.name, as_call(next)),
            None => continue,
        };
        deeper.push(related(function, &says));
    }
    let taken = taken(context, &one.taken, "this begins here");
    begun(&mut finding, taken, "called here", deeper);
    finding
}

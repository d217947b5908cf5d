//! RCU408 callback-only-frees.

use rculint_analyzer::facts::{CallbackDoes, LoneCallback};
use rculint_analyzer::text::Span;

use crate::diagnostic::{Applicability, Diagnostic, Edit, Fix, Severity};
use crate::finding::{advice_only, does_nothing_but, in_quotes};
use crate::layout::wrapped;
use crate::rule::{Context, Docs, FixAvailability, Precision, Rule};

/// The rule.
pub(crate) static RULE: Rule = Rule {
    code: "RCU408",
    name: "callback-only-frees",
    severity: Severity::Warning,
    fix: FixAvailability::Sometimes,
    precision: Some(Precision { right: 29, read: 29 }),
    since: "0.1.0",
    summary: "a function given to `call_rcu()` does nothing but free the object",
    docs: Docs {
        finds: "\
A static function that is given to `call_rcu()`, finds the object around its `struct rcu_head` with \
`container_of()`, and does nothing but free it with `kfree()` or `kvfree()` (`kmem_cache_free()` from 6.12 \
on, where destroying a cache waits for what `kfree_rcu()` still has to free). It is found where the \
function is given to plain `call_rcu()` alone, under its name, and nobody calls it.",
        matters: "\
`kfree_rcu()` does the same without a function: many objects are freed at once, which spares the CPUs that \
run callbacks, and no code of a module has to stay until the last callback ran: a module whose callbacks \
all do this needs no `rcu_barrier()` when it goes (RCU407).",
        example: "\
struct peer {
	int id;
	struct rcu_head rcu;
};

static void peer_free(struct rcu_head *head)
{
	kfree(container_of(head, struct peer, rcu));
}

void peer_put(struct peer *peer)
{
	call_rcu(&peer->rcu, peer_free);
}",
        instead: "\
struct peer {
	int id;
	struct rcu_head rcu;
};

void peer_put(struct peer *peer)
{
	kfree_rcu(peer, rcu);
}",
        fix_safety: "\
Unsafe. Each `call_rcu()` becomes `kfree_rcu()` and the function goes, where each call is a statement \
that names the object by a pointer of its type, and no comment would be lost. An `rcu_barrier()` that \
waited for these callbacks may be left with nothing to wait for.",
        limits: "\
The head has to lie in the first 4096 bytes of the object, or `kfree_rcu()` does not compile. That what \
`kfree()` is given came from the slab allocator is taken for granted.",
    },
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for one in &context.facts.lifetime.callbacks {
        let CallbackDoes::Frees { by, later } = &one.does else { continue };
        let what = format!("free {} with {by}(); use {later}()", in_quotes(&one.object));
        let Some(mut finding) = does_nothing_but(&RULE, context, one, &what) else { continue };
        finding.fix = Some(repair(context, one, later).unwrap_or_else(|| {
            advice_only(format!(
                "free it with {later}(..., {}) and delete {}()",
                one.member, one.function
            ))
        }));
        found.push(finding);
    }
}

/// `kfree_rcu()` in each place, and the function gone.
fn repair(context: &Context<'_>, one: &LoneCallback, later: &str) -> Option<Fix> {
    if !one.goes {
        return None;
    }
    let edit = |span: Span, content: String| Edit {
        filename: context.shown.to_owned(),
        content,
        location: context.source.position(span.start).into(),
        end_location: context.source.position(span.end).into(),
        path: context.path.to_owned(),
        span,
    };
    let mut edits = vec![edit(with_blank_line(context, one.definition), String::new())];
    for given in &one.given {
        let pointer = given.pointer.as_ref().filter(|_| given.statement)?;
        let (span, content) =
            wrapped(context.source, given.span, format!("{later}({pointer}, {})", one.member));
        edits.push(edit(span, content));
    }
    let message = format!("free it with {later}(), and delete {}()", one.function);
    Some(Fix { applicability: Applicability::Unsafe, message, edits })
}

/// A definition with the end of its line, and the blank line behind it.
fn with_blank_line(context: &Context<'_>, definition: Span) -> Span {
    let after = &context.source.bytes()[definition.end as usize..];
    let more = after.iter().take(2).take_while(|byte| **byte == b'\n').count();
    Span { end: definition.end + more as u32, ..definition }
}

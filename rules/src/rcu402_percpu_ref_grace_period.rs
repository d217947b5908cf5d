//! RCU402 percpu-ref-grace-period.

use rculint_analyzer::facts::{PercpuRef, Step};
use rculint_analyzer::text::directives::condition_at;

use crate::diagnostic::{Diagnostic, Severity};
use crate::finding::{Place, diagnostic, under, used};
use crate::rule::{Context, Docs, FixAvailability, Rule};

/// The rule.
pub(crate) static RULE: Rule = Rule {
    code: "RCU402",
    name: "percpu-ref-grace-period",
    severity: Severity::Error,
    fix: FixAvailability::Never,
    // No finding on 6.1 and 6.12; the cases that were repaired in 4.16 are found.
    precision: None,
    since: "0.1.0",
    summary: "an object with a percpu_ref ends without a grace period of its own",
    docs: Docs {
        finds: "\
An object that readers find by an `__rcu` pointer, and that lives by a `struct percpu_ref` whose \
release callback frees it, itself, through functions of the file or by a work that it queues, or only \
completes something that the function waits for which ends it; with no grace period anywhere on that \
way: no `synchronize_rcu()`, no `call_rcu()`, no `struct rcu_work`.",
        matters: "\
A percpu_ref waits for readers where it switches from per-CPU to atomic mode, for its own purposes: a \
counter that is atomic already, or was killed before, comes to zero at once. Whoever is just between \
`rcu_dereference()` and `percpu_ref_tryget()` then follows freed memory. `fs/aio.c` and rdmavt were \
repaired for that in 4.16.",
        example: "\
struct ctx {
	struct percpu_ref refs;
	struct work_struct work;
	int id;
};

struct table {
	struct ctx __rcu *ctx[8];
};

static void ctx_free(struct work_struct *work)
{
	kfree(container_of(work, struct ctx, work));
}

static void ctx_release(struct percpu_ref *ref)
{
	struct ctx *ctx = container_of(ref, struct ctx, refs);

	INIT_WORK(&ctx->work, ctx_free);
	schedule_work(&ctx->work);
}

int ctx_setup(struct ctx *ctx)
{
	return percpu_ref_init(&ctx->refs, ctx_release, 0, GFP_KERNEL);
}

int ctx_id(struct table *table, int at)
{
	struct ctx *ctx;
	int id = 0;

	rcu_read_lock();
	ctx = rcu_dereference(table->ctx[at]);
	if (ctx)
		id = ctx->id;
	rcu_read_unlock();
	return id;
}",
        instead: "\
struct ctx {
	struct percpu_ref refs;
	struct rcu_work work;
	int id;
};

struct table {
	struct ctx __rcu *ctx[8];
};

static void ctx_free(struct work_struct *work)
{
	kfree(container_of(to_rcu_work(work), struct ctx, work));
}

static void ctx_release(struct percpu_ref *ref)
{
	struct ctx *ctx = container_of(ref, struct ctx, refs);

	INIT_RCU_WORK(&ctx->work, ctx_free);
	queue_rcu_work(system_wq, &ctx->work);
}

int ctx_setup(struct ctx *ctx)
{
	return percpu_ref_init(&ctx->refs, ctx_release, 0, GFP_KERNEL);
}

int ctx_id(struct table *table, int at)
{
	struct ctx *ctx;
	int id = 0;

	rcu_read_lock();
	ctx = rcu_dereference(table->ctx[at]);
	if (ctx)
		id = ctx->id;
	rcu_read_unlock();
	return id;
}",
        fix_safety: "There is no edit: a structure has to change.",
        limits: "\
The callback, what it queues and the loads of readers must stand in the file of `percpu_ref_init()`. \
`rculint audit percpu-ref` lists all of them, also those of which this is not known.",
    },
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let mut ends = Vec::new();
    for one in &context.facts.lifetime.refs {
        let Some((end, read)) = unprotected(one) else { continue };
        // Two counters of an object may come to the same end.
        if ends.contains(&end.span) {
            continue;
        }
        ends.push(end.span);
        let object = one.object.as_deref().unwrap_or("the object");
        let arm = under(condition_at(context.source.bytes(), end.span.start).as_deref());
        let message = format!(
            "{object} ends here{arm} without a grace period, though readers find it by an __rcu pointer; \
             the percpu_ref's own does not count: use queue_rcu_work(), call_rcu() or synchronize_rcu()"
        );
        let place = Place {
            function: Some(&end.function),
            span: end.span,
            expression: &one.counter,
            definition: None,
        };
        let mut finding = diagnostic(&RULE, context, &place, RULE.severity, message);
        let step = |step: &Step, what: &str| used(context, step.span, what.to_owned());
        let release = format!("{}() is its release callback", one.release);
        let mut steps = vec![used(context, one.span, release), step(read, "readers find it here")];
        steps.extend(one.hidden.as_ref().map(|at| step(at, "it is taken from new readers here")));
        let tells = one.tells.as_ref().filter(|_| one.frees.is_none());
        steps.extend(tells.map(|at| step(at, "its last reference ends here")));
        steps.push(finding.here("it ends here"));
        finding.tell(steps);
        found.push(finding);
    }
}

/// Where an object ends that readers find, if there is no grace period before that.
fn unprotected(one: &PercpuRef) -> Option<(&Step, &Step)> {
    let end = one.frees.as_ref().or(one.waiter.as_ref())?;
    let read = one.read.as_ref()?;
    one.grace.is_none().then_some((end, read))
}

//! What holds where, shown on C: `here();` with what is held in a comment on its line.

use std::sync::Arc;

use crate::files::Memory;
use crate::flow::Flows;
use crate::flow::cfg::Cfg;
use crate::flow::context::Context;
use crate::flow::effects::callee;
use crate::flow::solve::Flow;
use crate::flow::summary::parameter_names;
use crate::items::ItemKind;
use crate::syntax::{Field, Kind, parse_item};
use crate::{Input, Options, Workspace};

/// One file.
fn workspace(code: &str) -> Workspace {
    let mut files = Memory::default();
    files.add("/t.c", code);
    let input = Input { path: "/t.c".into(), shown: "t.c".into() };
    Workspace::load(Arc::new(files), vec![input], Options::default())
}

/// Each line with `here()` as it should be: with what is held there.
fn annotated(code: &str, callers: bool) -> String {
    let workspace = workspace(code);
    let unit = workspace.unit(0).unwrap();
    let flows = Flows::new(&unit);
    let mut notes: Vec<(usize, String)> = Vec::new();
    for item in unit.file.items.items.iter().filter(|item| item.kind == ItemKind::Function) {
        for tree in parse_item(unit.file.text(item), item.span.start, item.kind, &unit) {
            let definition = tree
                .children(tree.root())
                .find(|node| tree.kind(*node) == Kind::FunctionDefinition)
                .unwrap();
            let parameters = parameter_names(&tree, definition);
            let body = tree.child(definition, Field::Body).unwrap();
            let flow = Flow::new(&flows, &tree, Cfg::of_function(&tree, &parameters, body));
            flow.visit(|node, worlds| {
                if tree.kind(node) == Kind::CallExpression && callee(&tree, node) == Some("here") {
                    let mut context = Context::of(&flow, worlds);
                    if callers {
                        let name = flows.function_of(item).unwrap();
                        context = context.with_callers(&flows.callers(&name, &parameters));
                    }
                    let line = unit.file.source().position(tree.file_span(node).start).row;
                    notes.push((line as usize, described(&context)));
                }
            });
        }
    }
    let mut out = String::new();
    for (at, line) in code.lines().enumerate() {
        let bare = line.split(" //").next().unwrap_or(line);
        out.push_str(bare);
        if bare.contains("here()") {
            let note = notes.iter().find(|(row, _)| *row == at + 1);
            out.push_str(" // ");
            out.push_str(note.map_or("never", |(_, note)| note));
        }
        out.push('\n');
    }
    out
}

fn described(context: &Context) -> String {
    let mut parts: Vec<String> = context
        .held
        .iter()
        .map(|held| match &held.object {
            Some(object) => format!("{:?} {object}", held.kind),
            None => format!("{:?}", held.kind),
        })
        .collect();
    if context.varies {
        parts.push("varies".to_owned());
    }
    if context.lost {
        parts.push("lost".to_owned());
    }
    if parts.is_empty() { "-".to_owned() } else { parts.join(", ") }
}

#[track_caller]
fn check(code: &str) {
    assert_eq!(annotated(code, false), code);
}

#[test]
fn branches_and_returns() {
    check(
        "\
int f(struct a *a)
{
	here(); // -
	rcu_read_lock();
	here(); // Rcu
	if (a->x) {
		rcu_read_unlock();
		return 1;
	}
	here(); // Rcu
	if (a->y)
		goto out;
	here(); // Rcu
out:
	here(); // Rcu
	rcu_read_unlock();
	here(); // -
	return 0;
	here(); // never
}
",
    );
}

#[test]
fn a_condition_that_comes_again_has_the_same_outcome() {
    check(
        "\
void f(struct a *a, bool locked)
{
	if (!locked)
		mutex_lock(&a->lock);
	here(); // varies
	if (!locked) {
		here(); // Mutex &a->lock
		mutex_unlock(&a->lock);
	}
	here(); // -
}
",
    );
}

#[test]
fn locks_that_may_fail() {
    check(
        "\
int f(struct a *a)
{
	int err;

	if (!spin_trylock(&a->lock)) {
		here(); // -
		return 0;
	}
	here(); // Spin &a->lock, Preempt
	spin_unlock(&a->lock);
	err = mutex_lock_interruptible(&a->mutex);
	if (err)
		return err;
	here(); // Mutex &a->mutex
	mutex_unlock(&a->mutex);
	return 0;
}
",
    );
}

#[test]
fn guards_end_with_their_scope() {
    check(
        "\
int f(struct a *a)
{
	guard(mutex)(&a->lock);
	here(); // Mutex &a->lock
	scoped_guard(rcu) {
		here(); // Mutex &a->lock, Rcu
		if (a->x)
			break;
		if (a->y)
			return 0;
	}
	here(); // Mutex &a->lock
	{
		guard(rcu)();
		if (a->z)
			goto out;
		here(); // Mutex &a->lock, Rcu
	}
	here(); // Mutex &a->lock
out:
	here(); // Mutex &a->lock
	return 1;
}

int g(struct a *a)
{
	scoped_cond_guard(mutex_intr, return -EINTR, &a->lock) {
		here(); // Mutex &a->lock
	}
	here(); // -
	return 0;
}
",
    );
}

#[test]
fn loops_and_switches() {
    check(
        "\
void f(struct a *a)
{
	int i;

	for (i = 0; i < 3; i++) {
		spin_lock_bh(&a->lock);
		if (a->x) {
			spin_unlock_bh(&a->lock);
			continue;
		}
		here(); // Spin &a->lock, Preempt, Bh
		spin_unlock_bh(&a->lock);
	}
	here(); // -
	do {
		rcu_read_lock();
		here(); // Rcu
		rcu_read_unlock();
	} while (a->y);
	switch (a->z) {
	case 1:
		rcu_read_lock();
		fallthrough;
	case 2:
		here(); // varies
		break;
	default:
		here(); // -
	}
}
",
    );
}

#[test]
fn what_wrappers_do_is_learned() {
    check(
        "\
#define my_lock(a) do { mutex_lock(&(a)->lock); } while (0)
static void my_unlock(struct a *b)
{
	mutex_unlock(&b->lock);
}
static int my_trylock(struct a *b)
{
	if (!mutex_trylock(&b->lock))
		return 0;
	return 1;
}
static void must_hold(struct a *b)
{
	lockdep_assert_held(&b->lock);
}
void f(struct c *c)
{
	my_lock(c->a);
	here(); // Mutex &c->a->lock
	my_unlock(c->a);
	here(); // -
	if (my_trylock(&c->own)) {
		here(); // Mutex &c->own.lock
		my_unlock(&c->own);
	}
	here(); // -
	must_hold(c->a);
}
",
    );
}

#[test]
fn what_callers_hold() {
    let code = "\
static void inner(struct b *x)
{
	here(); // Mutex &x->lock
}
static void outer(struct a *a)
{
	inner(a->b);
	inner(a->b);
}
void f(struct a *a)
{
	mutex_lock(&a->b->lock);
	outer(a);
	mutex_unlock(&a->b->lock);
}
";
    assert_eq!(annotated(code, true), code);
}

/// Whichever of them is asked about first.
#[test]
fn what_callers_hold_where_they_call_each_other() {
    let head = "static void even(struct a *a);\nstatic void odd(struct a *a);\n";
    let even = "static void even(struct a *a)\n{\n\there(); // Mutex &a->lock\n\todd(a);\n}\n";
    let odd = "static void odd(struct a *a)\n{\n\teven(a);\n\there(); // Mutex &a->lock\n}\n";
    let f = "void f(struct a *a)\n{\n\tmutex_lock(&a->lock);\n\teven(a);\n\tmutex_unlock(&a->lock);\n}\n";
    for order in [[even, odd, f], [odd, even, f], [f, odd, even]] {
        let code = format!("{head}{}", order.concat());
        assert_eq!(annotated(&code, true), code);
    }
}

#[test]
fn where_readers_may_be() {
    let code = "\
static void inner(struct a *a)
{
}
static void asks(struct a *a)
{
	WARN_ON(!rcu_read_lock_held());
}
static void reader(struct a *a)
{
	rcu_read_lock();
	inner(a);
	rcu_read_unlock();
}
static void beside(struct a *a)
{
	asks(a);
}
static void far(struct a *a)
{
	mutex_lock(&a->lock);
}
static void receives(struct sk_buff *skb)
{
}
static const struct net_protocol protocol = { .handler = receives };
static void opens(struct net_device *dev)
{
}
static const struct net_device_ops others = { .ndo_open = opens };
";
    let workspace = workspace(code);
    let unit = workspace.unit(0).unwrap();
    let flows = Flows::new(&unit);
    let items = unit.file.items.items.iter().enumerate();
    let may: Vec<String> = items
        .filter(|(at, item)| item.kind == ItemKind::Function && flows.may_read(*at as u32))
        .filter_map(|(_, item)| flows.function_of(item))
        .collect();
    assert_eq!(may, ["inner", "asks", "reader", "beside", "receives"]);
}

#[test]
fn what_is_said_to_be_held() {
    check(
        "\
static void f(struct a *a)
	__must_hold(&a->lock)
{
	here(); // Mutex &a->lock
	RCU_LOCKDEP_WARN(!rcu_read_lock_held(), \"no reader\");
	here(); // Mutex &a->lock, Rcu
}

static void g(struct a *a)
{
	WARN_ON_ONCE(!rcu_read_lock_held() && !lockdep_is_held(&a->lock));
	here(); // varies
	rcu_read_lock();
	lockdep_assert(lockdep_is_held(&a->lock));
	here(); // Rcu, Mutex &a->lock
	rcu_read_unlock();
}
",
    );
}

// The kernel's words around RCU: what each of them asks for, takes and gives.
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <linux/srcu.h>

struct shape {
	struct rcu_head rcu;
	int rate;
};

struct port {
	struct mutex lock;
	struct srcu_struct domain;
	struct shape __rcu *shape;
	struct shape *plain;
	struct shape *cached;
	void __rcu *opaque;
};

static struct shape fallback;
static struct shape __rcu *initialised = RCU_INITIALIZER(&fallback);
static struct port by_member = {
	RCU_POINTER_INITIALIZER(shape, &fallback),
};

int loads(struct port *port, int rate)
{
	int n = rcu_dereference(port->shape)->rate;

	n += rcu_dereference_bh(port->shape)->rate;
	n += rcu_dereference_sched(port->shape)->rate;
	n += rcu_dereference_check(port->shape, lockdep_is_held(&port->lock))->rate;
	n += rcu_dereference_check(port->shape, rate > 0)->rate;
	n += rcu_dereference_bh_check(port->shape, mutex_is_locked(&port->lock))->rate;
	n += rcu_dereference_sched_check(port->shape, 1)->rate;
	n += rcu_dereference_protected(port->shape, lockdep_is_held(&port->lock))->rate;
	n += rcu_dereference_raw(port->shape)->rate;
	n += rcu_dereference_raw_check(port->shape)->rate;
	n += rtnl_dereference(port->shape)->rate;
	n += rcu_dereference_rtnl(port->shape)->rate;
	n += srcu_dereference(port->shape, &port->domain)->rate;
	n += srcu_dereference_check(port->shape, &port->domain, rate)->rate;
	n += rcu_access_pointer(port->shape) == port->plain;
	n += rcu_dereference(initialised)->rate + rcu_dereference(by_member.shape)->rate;
	return n + (rcu_dereference(port->opaque) != NULL);
}

/* A condition is evaluated as any expression is. */
int conditions(struct port *port, struct port *other)
{
	int n = rcu_dereference_check(port->shape, !other->shape)->rate; // warning: RCU104

	n += rcu_dereference_protected(port->shape, other->shape->rate)->rate; // error: RCU101
	return n + srcu_dereference(port->shape, &port->domain)->rate;
}

/* The raw accessor asks for no annotation and no reader. */
int raw(struct port *port)
{
	return rcu_dereference_raw(port->cached)->rate;
}

void stores(struct port *port, struct shape *shape)
{
	rcu_assign_pointer(port->shape, shape);
	rcu_assign_pointer(port->shape, NULL);
	RCU_INIT_POINTER(port->shape, shape);
	RCU_INIT_POINTER(port->shape, NULL);
	rcu_assign_pointer(port->opaque, shape);
	port->shape = RCU_INITIALIZER(shape); // error: RCU102
}

void replaced(struct port *port, struct shape *shape)
{
	struct shape *old = rcu_replace_pointer(port->shape, shape, lockdep_is_held(&port->lock));

	old = rcu_replace_pointer_rtnl(port->shape, NULL);
	if (old)
		kfree_rcu(old, rcu);
}

struct shape *handed_off(struct port *port)
{
	struct shape *shape = rcu_dereference(port->shape);

	shape = rcu_pointer_handoff(shape);
	shape = rcu_pointer_handoff(rcu_dereference(port->shape));
	return rcu_pointer_handoff(port->plain);
}

void consumed(struct shape *shape);

void unmarked(struct port *port, struct shape __rcu *shape)
{
	consumed(unrcu_pointer(shape));
	consumed(rcu_dereference_protected(shape, 1));
	consumed(rcu_dereference_raw(shape));
	(void)RCU_INITIALIZER(port->plain);
	shape = RCU_INITIALIZER(port->plain);
	shape = port->plain; // warning: RCU105
}

static void __always_inline scoped(struct port *port)
{
	guard(rcu)();
	consumed(rcu_dereference(port->shape));
	scoped_guard(rcu)
		consumed(port->shape); // error: RCU101
}

void use_scoped(struct port *port)
{
	scoped(port);
}

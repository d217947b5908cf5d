// Every accessor on every kind of lvalue is silent.
#include <linux/kernel.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/rtnetlink.h>
#include <linux/srcu.h>

struct shape {
	int rate;
};

struct port {
	struct mutex lock;
	struct srcu_struct srcu;
	struct shape __rcu *shape;
	struct shape __rcu *table[4];
};

static struct shape __rcu *main_shape;

int loads(struct port *port, struct shape __rcu **slot, int i)
{
	int n = rcu_dereference(port->shape)->rate;

	n += rcu_dereference_check(port->table[i], lockdep_is_held(&port->lock))->rate;
	n += rcu_dereference_bh(*slot)->rate;
	n += rcu_dereference_sched(main_shape)->rate;
	n += rcu_dereference_bh_check(slot[i], 1)->rate;
	n += rcu_dereference_sched_check(main_shape, 1)->rate;
	n += rcu_dereference_protected(port->shape, lockdep_is_held(&port->lock))->rate;
	n += rcu_dereference_raw(port->shape)->rate;
	n += rcu_dereference_raw_check(port->shape)->rate;
	n += srcu_dereference(port->shape, &port->srcu)->rate;
	n += srcu_dereference_check(port->shape, &port->srcu, 1)->rate;
	n += rtnl_dereference(port->shape)->rate;
	n += rcu_dereference_rtnl((port->table)[i])->rate;
	n += unrcu_pointer(port->shape)->rate;
	return n + !rcu_access_pointer(port->shape);
}

void stores(struct port *port, struct port *other, struct shape *shape)
{
	struct shape *old;

	rcu_assign_pointer(port->shape, shape);
	rcu_assign_pointer(port->table[0], other->table[1]);
	RCU_INIT_POINTER(main_shape, NULL);
	RCU_INIT_POINTER(port->shape, other->shape);
	old = rcu_replace_pointer(port->shape, shape, lockdep_is_held(&port->lock));
	old = rcu_replace_pointer_rtnl(port->shape, old);
	rcu_assign_pointer(port->shape, old);
}

// rcu_replace_pointer() has the type of what it stores.
#include <linux/kernel.h>
#include <linux/rcupdate.h>

struct shape {
	int rate;
};

struct port {
	struct shape __rcu *shape;
	struct shape __rcu * __rcu *list;
};

int replaced(struct port *port, struct shape *shape, struct shape __rcu **list)
{
	struct shape *old = rcu_replace_pointer(port->shape, shape, 1);
	struct shape **plain = rcu_replace_pointer(port->list, NULL, 1);

	plain = rcu_replace_pointer(port->list, list, 1); // warning: RCU105
	list = rcu_replace_pointer(port->list, list, 1);
	return old->rate + rcu_replace_pointer(port->shape, shape, 1)->rate + !plain;
}

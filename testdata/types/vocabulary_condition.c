// What an accessor takes as its condition is tested.
#include <linux/kernel.h>
#include <linux/rcupdate.h>

struct shape {
	int rate;
};

struct port {
	struct shape __rcu *shape;
};

int conditions(struct port *port, struct port *other)
{
	return rcu_dereference_check(port->shape, other->shape)->rate + // warning: RCU104
	       rcu_dereference_protected(port->shape, other->shape)->rate; // warning: RCU104
}

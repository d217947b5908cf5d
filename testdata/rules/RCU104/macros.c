// Assertions and hints test their argument.
#include <linux/kernel.h>
#include <linux/rcupdate.h>

struct shape {
	int rate;
};

struct port {
	struct shape __rcu *shape;
};

int check(struct port *port, struct shape *shape)
{
	WARN_ON(port->shape); // warning: RCU104
	// fix: WARN_ON(rcu_access_pointer(port->shape));
	WARN_ON(!port->shape); // warning: RCU104
	WARN_ON(port->shape != shape); // warning: RCU104
	// fix: WARN_ON(rcu_access_pointer(port->shape) != shape);
	BUG_ON(port->shape == shape); // warning: RCU104
	if (WARN_ON_ONCE(!port->shape)) // warning: RCU104
		return -EINVAL;
	if (likely(port->shape)) // warning: RCU104
	// fix: if (likely(rcu_access_pointer(port->shape)))
		return 0;
	if (unlikely(!port->shape)) // warning: RCU104
		return -ENODEV;
	return 1;
}

int value_used(struct port *port)
{
	WARN_ON(port->shape->rate > 3); // error: RCU101
	return likely(port->shape->rate); // error: RCU101
}

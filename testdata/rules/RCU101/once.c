// READ_ONCE() marks the load but orders nothing: a warning where the value is used.
#include <linux/kernel.h>
#include <linux/rcupdate.h>

struct shape {
	int rate;
};

struct port {
	struct shape __rcu *shape;
};

int used(struct port *port)
{
	struct shape *shape;
	int rate;

	rcu_read_lock();
	shape = READ_ONCE(port->shape); // warning: RCU101
	// fix: shape = rcu_dereference(port->shape);
	rate = shape->rate;
	rate += READ_ONCE(port->shape)->rate; // warning: RCU101
	rcu_read_unlock();
	return rate;
}

int tested(struct port *port)
{
	if (!READ_ONCE(port->shape)) // note: RCU104
		return -ENOENT;
	return READ_ONCE(port->shape) != NULL; // note: RCU104
}

int of_a_scalar(struct port *port)
{
	struct shape *shape = rcu_dereference(port->shape);

	return READ_ONCE(shape->rate);
}

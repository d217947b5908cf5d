// WRITE_ONCE() of a new value lacks the ordering that publishing needs.
#include <linux/kernel.h>
#include <linux/rcupdate.h>

struct shape {
	int rate;
};

struct port {
	struct shape __rcu *shape;
	int users;
};

void set(struct port *port, struct shape *shape)
{
	WRITE_ONCE(port->shape, shape); // warning: RCU102
	// fix: rcu_assign_pointer(port->shape, shape);
	WRITE_ONCE(port->users, 0);
}

void clear(struct port *port)
{
	WRITE_ONCE(port->shape, NULL); // note: RCU103
}

#include <linux/kernel.h>
#include <linux/rcupdate.h>

struct shape {
	int rate;
};

struct port {
	struct shape __rcu *shape;
};

/* A second section is not the one in which it was loaded. */
int again(struct port *port)
{
	struct shape *shape;
	int rate;

	rcu_read_lock();
	shape = rcu_dereference(port->shape);
	rcu_read_unlock();
	rcu_read_lock();
	rate = shape->rate; // error: RCU302
	rcu_read_unlock();
	return rate;
}

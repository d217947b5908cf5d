// What a wrapper of a wrapper asks is told in terms of its own parameters.
#include <linux/mutex.h>
#include <linux/rcupdate.h>

struct shape {
	int rate;
};

struct device {
	struct mutex mtx;
};

struct port {
	struct device *device;
	struct shape __rcu *shape;
	struct shape __rcu *spare;
};

#define device_dereference(device, p) \
	rcu_dereference_protected(p, lockdep_is_held(&(device)->mtx))
#define port_dereference(p, port)	device_dereference((port)->device, p)

int by_votes(struct port *port)
{
	return port_dereference(port->spare, port)->rate;
}

int by_lock(struct port *port)
{
	int rate;

	mutex_lock(&port->device->mtx);
	rate = port->shape->rate; // error: RCU101
	// fix: rate = port_dereference(port->shape, port)->rate;
	mutex_unlock(&port->device->mtx);
	return rate;
}

// A wrapper that asks for the lock that is held is proposed, with what it takes to name that lock.
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
	struct device inner;
	struct shape __rcu *shape;
	struct shape __rcu *spare;
};

#define device_dereference(device, p) \
	rcu_dereference_protected(p, lockdep_is_held(&(device)->mtx))
#define port_check(p, port) \
	rcu_dereference_check(p, lockdep_is_held(&(port)->inner.mtx))

int by_votes(struct port *port, struct device *device)
{
	return device_dereference(port->device, port->spare)->rate +
	       device_dereference(device, port->spare)->rate;
}

int by_lock(struct port *first)
{
	int rate;

	mutex_lock(&first->device->mtx);
	rate = first->shape->rate; // error: RCU101
	// fix: rate = device_dereference(first->device, first->shape)->rate;
	mutex_unlock(&first->device->mtx);
	return rate;
}

// Nothing of that kind is known here by another name.
int by_another_lock(struct port *other)
{
	int rate;

	mutex_lock(&other->inner.mtx);
	rate = other->shape->rate; // error: RCU101
	// fix: rate = rcu_dereference_protected(other->shape, lockdep_is_held(&other->inner.mtx))->rate;
	mutex_unlock(&other->inner.mtx);
	return rate;
}

// Who holds the lock does not ask whether there is a reader as well.
int by_check(struct port *port)
{
	int rate = port_check(port->shape, port)->rate;

	mutex_lock(&port->inner.mtx);
	rate += port->shape->rate; // error: RCU101
	// fix: rate += rcu_dereference_protected(port->shape, lockdep_is_held(&port->inner.mtx))->rate;
	mutex_unlock(&port->inner.mtx);
	return rate;
}

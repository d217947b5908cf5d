// What is new, and whether anybody can be reading.
#include <linux/kernel.h>
#include <linux/rcupdate.h>
#include <linux/mutex.h>
#include <linux/slab.h>

struct shape {
	int rate;
	struct rcu_head rcu;
};

struct port {
	struct shape __rcu *shape;
	struct mutex lock;
};

void fill(struct shape *shape);

/* Nothing here reckons with readers. */
int first(struct port *port)
{
	struct shape *shape = kzalloc(sizeof(*shape), GFP_KERNEL);

	if (!shape)
		return -ENOMEM;
	shape->rate = 1;
	RCU_INIT_POINTER(port->shape, shape); // note: RCU202
	return 0;
}

/* Stored before anything was put into it. */
int empty(struct port *port)
{
	struct shape *shape = kmalloc(sizeof(*shape), GFP_KERNEL);

	mutex_lock(&port->lock);
	RCU_INIT_POINTER(port->shape, shape);
	mutex_unlock(&port->lock);
	if (!shape)
		return -ENOMEM;
	shape->rate = 1;
	return 0;
}

/* New or NULL. */
int replaced(struct port *port, int rate)
{
	struct shape *shape, *old;

	if (rate) {
		shape = kzalloc(sizeof(*shape), GFP_KERNEL);
		if (!shape)
			return -ENOMEM;
		shape->rate = rate;
		fill(shape);
	} else {
		shape = NULL;
	}
	mutex_lock(&port->lock);
	old = rcu_dereference_protected(port->shape, lockdep_is_held(&port->lock));
	RCU_INIT_POINTER(port->shape, shape); // warning: RCU202
	mutex_unlock(&port->lock);
	if (old)
		kfree_rcu(old, rcu);
	return 0;
}

/* Written to wherever it is there. */
void given(struct port *port, struct shape *shape, int rate)
{
	if (shape)
		shape->rate = rate;
	mutex_lock(&port->lock);
	RCU_INIT_POINTER(port->shape, shape); // warning: RCU202
	mutex_unlock(&port->lock);
}

/* The old one is read before, or waits for its readers after. */
void swapped(struct port *port, struct shape *shape)
{
	struct shape *old = rcu_access_pointer(port->shape);

	shape->rate = 1;
	RCU_INIT_POINTER(port->shape, shape); // warning: RCU202
	fill(old);
}

void waited(struct port *port, struct shape *shape)
{
	shape->rate = 1;
	RCU_INIT_POINTER(port->shape, shape); // warning: RCU202
	synchronize_rcu();
}

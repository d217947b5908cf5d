#include <linux/kernel.h>
#include <linux/rcupdate.h>
#include <linux/srcu.h>
#include <linux/spinlock.h>

struct shape {
	int rate;
};

struct port {
	struct shape __rcu *shape;
	struct srcu_struct srcu;
	spinlock_t lock;
	int users;
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

/* A lock that ends in a section is no section. */
int lock_inside(struct port *port)
{
	struct shape *shape;
	int idx, rate;

	idx = srcu_read_lock(&port->srcu);
	shape = rcu_dereference(port->shape);
	spin_lock(&port->lock);
	port->users++;
	spin_unlock(&port->lock);
	rate = shape->rate;
	srcu_read_unlock(&port->srcu, idx);
	return rate;
}

// The accessor in the fix is the one that the code around it calls for.
#include <linux/kernel.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/spinlock.h>

struct shape {
	int rate;
};

struct port {
	spinlock_t lock;
	struct mutex setup;
	struct shape __rcu *shape;
};

int in_reader(struct port *port)
{
	struct shape *shape;
	int rate;

	rcu_read_lock();
	shape = port->shape; // error: RCU101
	// fix: shape = rcu_dereference(port->shape);
	rate = shape ? shape->rate : 0;
	rcu_read_unlock();
	return rate;
}

int in_guard(struct port *port)
{
	struct shape *shape;

	guard(rcu)();
	shape = port->shape; // error: RCU101
	// fix: shape = rcu_dereference(port->shape);
	return shape ? shape->rate : 0;
}

int in_scoped_guard(struct port *port)
{
	int rate = 0;

	scoped_guard(rcu) {
		rate = port->shape->rate; // error: RCU101
		// fix: rate = rcu_dereference(port->shape)->rate;
	}
	return rate;
}

int in_bh_reader(struct port *port)
{
	struct shape *shape;
	int rate;

	rcu_read_lock_bh();
	shape = port->shape; // error: RCU101
	// fix: shape = rcu_dereference_bh(port->shape);
	rate = shape->rate;
	rcu_read_unlock_bh();
	return rate;
}

int in_sched_reader(struct port *port)
{
	struct shape *shape;
	int rate;

	rcu_read_lock_sched();
	shape = port->shape; // error: RCU101
	// fix: shape = rcu_dereference_sched(port->shape);
	rate = shape->rate;
	rcu_read_unlock_sched();
	return rate;
}

int under_spinlock(struct port *port)
{
	struct shape *shape;
	int rate;

	spin_lock(&port->lock);
	shape = port->shape; // error: RCU101
	// fix: shape = rcu_dereference_protected(port->shape, lockdep_is_held(&port->lock));
	rate = shape->rate;
	spin_unlock(&port->lock);
	return rate;
}

int under_mutex(struct port *port)
{
	struct shape *shape;
	int rate;

	mutex_lock(&port->setup);
	shape = port->shape; // error: RCU101
	// fix: shape = rcu_dereference_protected(port->shape, lockdep_is_held(&port->setup));
	rate = shape->rate;
	mutex_unlock(&port->setup);
	return rate;
}

/* Neither a reader nor the lock any more: the edit is a proposal. */
int after_unlock(struct port *port)
{
	struct shape *shape;

	spin_lock(&port->lock);
	spin_unlock(&port->lock);
	shape = port->shape; // error: RCU101
	// fix: shape = rcu_dereference(port->shape);
	return shape->rate;
}

int lock_asserted(struct port *port)
{
	struct shape *shape;

	lockdep_assert_held(&port->lock);
	shape = port->shape; // error: RCU101
	// fix: shape = rcu_dereference_protected(port->shape, lockdep_is_held(&port->lock));
	return shape->rate;
}

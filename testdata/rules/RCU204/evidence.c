// By what a lock is known to protect a pointer.
#include <linux/kernel.h>
#include <linux/rcupdate.h>
#include <linux/spinlock.h>
#include <linux/mutex.h>

struct shape {
	int rate;
};

struct port {
	struct shape __rcu *shape;
	struct shape __rcu *spare;
	struct port *next;
	spinlock_t lock;
};

static DEFINE_MUTEX(table_mutex);
static struct shape __rcu *table[4];

void put(struct shape *shape);

/* Both are global. */
int set(int at, struct shape *shape)
{
	int err = 0;

	mutex_lock(&table_mutex);
	if (rcu_dereference_protected(table[at], 1)) // warning: RCU204
		// fix: if (rcu_dereference_protected(table[at], lockdep_is_held(&table_mutex)))
		err = -1;
	mutex_unlock(&table_mutex);
	return err;
}

/* Where the pointer lies does not tell, what is done under the lock does. */
void replace(struct port *port, struct shape __rcu **slot, struct shape *shape)
{
	struct shape *old;

	spin_lock(&port->lock);
	old = rcu_dereference_protected(*slot, 1); // warning: RCU204
	rcu_assign_pointer(*slot, shape);
	spin_unlock(&port->lock);
	put(old);
}

int look(struct port *port, struct shape __rcu **slot)
{
	int rate;

	spin_lock(&port->lock);
	rate = rcu_dereference_protected(*slot, 1)->rate;
	spin_unlock(&port->lock);
	return rate;
}

/* What another access says is no second lock. */
void clear(struct port *port)
{
	struct shape *old;

	spin_lock(&port->lock);
	old = rcu_dereference_protected(port->shape, lockdep_is_held(&port->lock));
	RCU_INIT_POINTER(port->shape, NULL);
	put(old);
	old = rcu_dereference_protected(port->spare, 1); // warning: RCU204
	put(old);
	spin_unlock(&port->lock);
}

/* Named elsewhere, but here it is the lock of another object. */
void take(struct port *port, struct port *gone)
{
	spin_lock(&port->lock);
	put(rcu_dereference_protected(gone->shape, 1));
	spin_unlock(&port->lock);
}

/* Stored to under a lock that is not its own: it was taken out of reach before. */
void move(struct port *port, struct port *gone)
{
	struct shape *shape;

	spin_lock(&port->lock);
	shape = rcu_dereference_protected(gone->shape, 1);
	RCU_INIT_POINTER(gone->shape, NULL);
	spin_unlock(&port->lock);
	put(shape);
}

static void inner(struct port *port)
{
	spin_lock(&port->lock);
	put(rcu_dereference_protected(port->spare, 1)); // warning: RCU204
	spin_unlock(&port->lock);
}

/* What callers hold as well does not matter. */
void outer(struct port *port)
{
	mutex_lock(&table_mutex);
	inner(port);
	mutex_unlock(&table_mutex);
}

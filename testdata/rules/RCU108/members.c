// Members that readers follow and updaters replace, without the annotation.
#include <linux/kernel.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

struct shape {
	int rate;
	struct rcu_head rcu;
};

struct port {
	struct shape *shape; // warning: RCU108
	// fix: struct shape __rcu *shape;
	struct shape *spare; // warning: RCU108
	struct shape *next; // warning: RCU108
	struct shape *slots[8]; // warning: RCU108
	struct shape *both, *two; // warning: RCU108
	spinlock_t lock;
};

struct lane {
	struct shape *last; // warning: RCU108
};

static int read_all(struct port *port, int id)
{
	struct shape *shape;
	int sum = 0;

	rcu_read_lock();
	shape = port->shape;
	if (shape)
		sum += shape->rate;
	shape = port->spare;
	if (shape)
		sum += shape->rate;
	sum += port->next->rate;
	shape = READ_ONCE(port->slots[id]);
	if (shape)
		sum += shape->rate;
	sum += port->both->rate;
	rcu_read_unlock();
	return sum;
}

// What was there is freed after a grace period.
static void replace(struct port *port, struct shape *shape)
{
	struct shape *old;

	spin_lock(&port->lock);
	old = port->shape;
	port->shape = shape;
	spin_unlock(&port->lock);
	if (old)
		kfree_rcu(old, rcu);
}

static void free_later(struct shape *shape)
{
	kfree_rcu(shape, rcu);
}

static void replace_both(struct port *port, struct shape *shape)
{
	struct shape *old = port->both;

	port->both = shape;
	free_later(old);
}

// What was there is freed behind a grace period.
static void drop(struct port *port)
{
	struct shape *old = port->spare;

	port->spare = NULL;
	port->two = NULL;
	synchronize_rcu();
	kfree(old);
}

// Nothing else was hidden before.
static void hide(struct port *port)
{
	spin_lock(&port->lock);
	port->next = NULL;
	spin_unlock(&port->lock);
	synchronize_rcu();
}

// What it points to is freed after a grace period elsewhere.
static void clear(struct port *port, int id)
{
	spin_lock(&port->lock);
	port->slots[id] = NULL;
	spin_unlock(&port->lock);
}

// So it is if a function of the file waits.
static void settle(void)
{
	synchronize_rcu();
}

static void hide_later(struct lane *lane)
{
	lane->last = NULL;
	settle();
}

static int read_lane(struct lane *lane)
{
	int rate;

	rcu_read_lock();
	rate = lane->last->rate;
	rcu_read_unlock();
	return rate;
}

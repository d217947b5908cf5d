// Pointers that readers follow and that are no RCU pointers.
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

struct shape {
	int rate;
	struct rcu_head rcu;
};

struct port {
	// Set before readers can see the port.
	struct shape *first;
	// Only looked at.
	struct shape *mark;
	// Read by those who change it.
	struct shape *own;
	// Readers are waited for because of something else.
	struct shape *late;
	// Freed at once: readers are kept away in some other way, or it is broken.
	struct shape *now;
	struct list_head node;
	struct rcu_head rcu;
	spinlock_t lock;
};

struct walk {
	struct shape *here;
	struct port *port;
};

static int sum(struct port *port)
{
	int sum;

	rcu_read_lock();
	sum = port->first->rate;
	if (port->mark)
		sum++;
	sum += port->late->rate;
	if (port->now)
		sum += port->now->rate;
	rcu_read_unlock();
	return sum;
}

static struct port *make(struct shape *shape)
{
	struct port *port = kzalloc(sizeof(*port), GFP_KERNEL);

	if (!port)
		return NULL;
	port->first = shape;
	port->late = shape;
	return port;
}

static void destroy(struct port *port)
{
	kfree_rcu(port->first, rcu);
	kfree_rcu(port, rcu);
}

static void change(struct port *port, struct shape *shape)
{
	struct shape *old;

	spin_lock(&port->lock);
	old = port->mark;
	port->mark = shape;
	spin_unlock(&port->lock);
	kfree_rcu(old, rcu);
}

static void set_now(struct port *port, struct shape *shape)
{
	spin_lock(&port->lock);
	port->now = shape;
	spin_unlock(&port->lock);
}

static void free_now(struct port *port)
{
	spin_lock(&port->lock);
	kfree(port->now);
	port->now = NULL;
	spin_unlock(&port->lock);
}

static int step(struct port *port, struct shape *shape)
{
	struct shape *old;
	int rate;

	rcu_read_lock();
	old = port->own;
	rate = old->rate;
	rcu_read_unlock();
	port->own = shape;
	kfree_rcu(old, rcu);
	return rate;
}

static void stop(struct port *port)
{
	port->late = NULL;
	list_del_rcu(&port->node);
	synchronize_rcu();
}

// What a function keeps for itself is its own, whoever it lends it to.
static int look(struct walk *walk)
{
	int rate;

	rcu_read_lock();
	rate = walk->here->rate;
	rcu_read_unlock();
	return rate;
}

static void go(struct walk *walk, struct shape *shape)
{
	struct shape *old = walk->here;

	walk->here = shape;
	kfree_rcu(old, rcu);
}

static int walk_port(struct port *port, struct shape *shape)
{
	struct walk walk = { .here = shape, .port = port };

	go(&walk, shape);
	return look(&walk);
}

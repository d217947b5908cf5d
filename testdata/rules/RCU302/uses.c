// Pointers that are followed after the reader section in which they were loaded.
#include <linux/kernel.h>
#include <linux/rcupdate.h>
#include <linux/list.h>
#include <linux/atomic.h>
#include <linux/spinlock.h>

struct shape {
	int rate;
	int table[4];
	atomic_t users;
	spinlock_t lock;
	struct list_head node;
	struct shape *below;
};

struct port {
	struct shape __rcu *shape;
	struct shape *own;
	struct list_head shapes;
};

bool shape_tryget(struct shape *shape);
bool shape_pin(struct shape *shape);
void shape_put(struct shape *shape);

int plain(struct port *port)
{
	struct shape *shape;

	rcu_read_lock();
	shape = rcu_dereference(port->shape);
	rcu_read_unlock();
	return shape->rate; // error: RCU302
}

/* Only the first use after a section is reported. */
int twice(struct port *port)
{
	struct shape *shape;
	int sum;

	rcu_read_lock();
	shape = rcu_dereference(port->shape);
	rcu_read_unlock();
	sum = shape->rate; // error: RCU302
	return sum + shape->table[1];
}

/* The way on which it is taken is the way on which it is used. */
int one_way(struct port *port, bool wanted)
{
	struct shape *shape = NULL;

	rcu_read_lock();
	if (wanted)
		shape = rcu_dereference(port->shape);
	rcu_read_unlock();
	if (!shape)
		return 0;
	return shape->rate; // error: RCU302
}

/* A pointer derived from it; its address alone says nothing. */
int derived(struct port *port)
{
	struct shape *shape;
	int *rate, *table;

	rcu_read_lock();
	shape = rcu_dereference(port->shape);
	rate = &shape->rate;
	rcu_read_unlock();
	table = shape->table;
	return *rate + (table == NULL); // error: RCU302
}

int walked(struct port *port, int rate)
{
	struct shape *shape, *found = NULL;

	rcu_read_lock();
	list_for_each_entry_rcu(shape, &port->shapes, node) {
		if (shape->rate == rate) {
			found = shape;
			break;
		}
	}
	rcu_read_unlock();
	return found ? found->table[0] : 0; // error: RCU302
}

int guarded(struct port *port)
{
	struct shape *shape;

	scoped_guard(rcu) {
		shape = rcu_dereference(port->shape);
	}
	return shape->rate; // error: RCU302
}

struct shape *returned(struct port *port)
{
	struct shape *shape;

	rcu_read_lock();
	shape = rcu_dereference(port->shape);
	rcu_read_unlock();
	return shape; // note: RCU302
}

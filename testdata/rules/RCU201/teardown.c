// What is followed on its way to be freed, under a lock and in a section.
#include <linux/kernel.h>
#include <linux/rcupdate.h>
#include <linux/mutex.h>
#include <linux/slab.h>

struct part {
	int size;
};

struct shape {
	int count;
	struct part *parts;
};

struct port {
	struct shape __rcu *shape;
	struct mutex lock;
};

void drop(struct part *part);

/* Freed here: nobody can reach it any longer. */
void release(struct port *port)
{
	struct shape *shape = rcu_access_pointer(port->shape);
	int i;

	if (!shape)
		return;
	for (i = 0; i < shape->count; i++)
		drop(&shape->parts[i]);
	kfree(shape);
}

int reads(struct port *port)
{
	struct shape *shape;
	int count = 0;

	rcu_read_lock();
	shape = rcu_access_pointer(port->shape); // warning: RCU201
	if (shape)
		count = shape->count;
	rcu_read_unlock();
	return count;
}

/* The lock keeps it alive, and should be named. */
int locked(struct port *port)
{
	struct shape *shape;
	int count;

	mutex_lock(&port->lock);
	shape = rcu_access_pointer(port->shape); // note: RCU201
	count = shape->count;
	mutex_unlock(&port->lock);
	return count;
}

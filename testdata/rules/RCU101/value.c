// The value of an annotated member leaves it in every way C has.
#include <linux/kernel.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>

struct shape {
	struct rcu_head rcu;
	int rate;
	int (*run)(int arg);
	char name[8];
};

struct port {
	struct shape __rcu *shape;
	int users;
};

void take_shape(struct shape *shape);

int assigned(struct port *port)
{
	struct shape *shape;
	int rate;

	rcu_read_lock();
	shape = port->shape; // error: RCU101
	// fix: shape = rcu_dereference(port->shape);
	rate = shape->rate;
	rcu_read_unlock();
	return rate;
}

int declared(struct port *port)
{
	struct shape *shape = port->shape; // error: RCU101

	return shape->rate;
}

int followed(struct port *port, int i)
{
	int rate;

	rcu_read_lock();
	rate = port->shape->rate; // error: RCU101
	// fix: rate = rcu_dereference(port->shape)->rate;
	rate += (*port->shape).rate; // error: RCU101
	rate += (port->shape)->rate; // error: RCU101
	rate += port->shape[i].rate; // error: RCU101
	rate += port->shape->name[i]; // error: RCU101
	rate += port->shape->run(i); // error: RCU101
	rcu_read_unlock();
	return rate;
}

struct shape *passed_and_returned(struct port *port)
{
	take_shape(port->shape); // error: RCU101
	pr_info("shape %p\n", port->shape); // error: RCU101
	kfree(port->shape); // error: RCU101
	kfree_rcu(port->shape, rcu); // error: RCU101
	return port->shape; // error: RCU101
}

unsigned long converted(struct port *port)
{
	void *opaque = port->shape; // error: RCU101
	unsigned long bits = (unsigned long)port->shape; // error: RCU101

	opaque = port->shape + 1; // error: RCU101
	return bits + (unsigned long)opaque;
}

int addressed(struct port *port)
{
	int *rate = &port->shape->rate; // error: RCU101
	struct shape *second = &port->shape[1]; // error: RCU101

	return *rate + second->rate;
}

int assigned_in_condition(struct port *port)
{
	struct shape *shape;

	if ((shape = port->shape)) // error: RCU101
		return shape->rate;
	while ((shape = port->shape) != NULL) // error: RCU101
		take_shape(shape);
	for (shape = port->shape; shape; shape++) // error: RCU101
		take_shape(shape);
	return 0;
}

struct shape *or_else(struct port *port, struct shape *fallback)
{
	return port->shape ?: fallback; // error: RCU101
}

void written_through(struct port *port)
{
	port->shape->rate = 4; // error: RCU101
	port->shape->rate++; // error: RCU101
	port->shape->name[0] = 0; // error: RCU101
}

int over_lines(struct port *port)
{
	return
		port // error: RCU101
		->shape
		->rate;
}

// sparse validation/generic-functions.c: the arm that the type selects is evaluated.
#include <linux/kernel.h>
#include <linux/rcupdate.h>

struct shape {
	int rate;
};

struct port {
	struct shape __rcu *shape;
	int id;
};

int chosen(struct port *port)
{
	struct shape *shape = _Generic(port->id, int: port->shape, default: NULL); // error: RCU101

	return shape->rate + _Generic(port->id, int: port->shape, default: NULL)->rate; // error: RCU101
}

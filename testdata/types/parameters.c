// An annotated value that is passed by value or stored in an annotated local is loaded plainly all the same.
#include <linux/kernel.h>
#include <linux/rcupdate.h>

struct shape {
	int rate;
};

struct port {
	struct shape __rcu *shape;
};

void set_shape(struct shape __rcu *shape);

struct shape __rcu *by_value(struct port *port)
{
	struct shape __rcu *copy = port->shape; // warning: RCU101

	set_shape(port->shape); // warning: RCU101
	copy = port->shape; // warning: RCU101
	set_shape(copy);
	return port->shape; // warning: RCU101
}

/* The same through a macro. */
#define set_shape_later(shape)	do { set_shape(shape); } while (0)

void by_macro(struct port *port)
{
	set_shape_later(port->shape); // warning: RCU101
}

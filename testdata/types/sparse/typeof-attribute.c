// sparse validation/typeof-attribute.c: a macro that turns an annotated object into a plain one.
#include <linux/kernel.h>
#include <linux/rcupdate.h>

struct shape {
	int rate;
};

struct port {
	struct shape __rcu *shape;
};

#define plain_of(slot)		(*(typeof(*(slot)) __kernel __force **)&(slot))
#define plain_of_unsaid(slot)	(*(typeof(*(slot)) **)&(slot)) // warning: RCU106

int forced(struct port *port, struct shape *shape)
{
	plain_of(port->shape) = shape;
	return plain_of(port->shape)->rate;
}

/* What is amiss is said where it is written, in the macro, and once. */
int unsaid(struct port *port, struct shape *shape)
{
	plain_of_unsaid(port->shape) = shape;
	return plain_of_unsaid(port->shape)->rate;
}

// Suppressions that do not say why.
#include <linux/kernel.h>
#include <linux/rcupdate.h>

struct shape {
	int rate;
};

struct port {
	struct shape __rcu *shape;
};

int without(struct port *port)
{
	return port->shape->rate; /* rculint: allow(RCU101) */ // note: RCU902
}

int with(struct port *port)
{
	return port->shape->rate; /* rculint: allow(RCU101): the port is held */
}

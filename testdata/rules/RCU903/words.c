// Comments to rculint that mean nothing suppress nothing.
#include <linux/kernel.h>
#include <linux/rcupdate.h>

struct shape {
	int rate;
};

struct port {
	struct shape __rcu *shape;
};

int word(struct port *port)
{
	/* rculint: alow(RCU101) the port is held */ // warning: RCU903
	return port->shape->rate; /* error: RCU101 */
}

int code(struct port *port)
{
	/* rculint: allow(RCU1O1) the port is held */ // warning: RCU903
	return port->shape->rate; /* error: RCU101 */
}

int one_code_of_two(struct port *port)
{
	/* rculint: allow(RCU101, plain-lode) the port is held */ // warning: RCU903
	return port->shape->rate;
}

int no_code(struct port *port)
{
	/* rculint: allow the port is held */ // warning: RCU903
	return port->shape->rate; /* error: RCU101 */
}

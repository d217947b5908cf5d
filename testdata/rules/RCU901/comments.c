// Suppressions in comments: which findings they cover, and those that cover none.
#include <linux/kernel.h>
#include <linux/rcupdate.h>

struct shape {
	int rate;
};

struct port {
	struct shape __rcu *shape;
	struct shape __rcu *spare;
};

int use(struct shape *one, struct shape *other);

int on_the_line(struct port *port)
{
	if (!port->shape) /* rculint: allow(RCU104) set once, before the port is shown */
		return 0;
	return port->shape->rate; // rculint: allow(plain-load) as above
}

int above_the_line(struct port *port)
{
	/* rculint: allow(RCU104) set once */
	if (!port->shape)
		return 0;
	// rculint: allow(RCU101) set once

	return port->shape->rate;
}

int above_a_long_statement(struct port *port)
{
	/*
	 * rculint: allow(RCU101) both are set once,
	 * before the port is shown
	 */
	return use(port->shape,
		   port->spare);
}

int not_below_the_statement(struct port *port)
{
	/* rculint: allow(RCU101) set once */
	int rate = port->shape->rate;

	return rate + port->spare->rate; /* error: RCU101 */
}

int several_codes(struct port *port)
{
	/* rculint: allow(RCU104, RCU101) set once */
	return port->shape ? port->shape->rate : 0;
}

int stacked(struct port *port)
{
	/* rculint: allow(RCU104) set once */
	/* rculint: allow(RCU101) set once */
	return port->shape ? port->shape->rate : 0;
}

int another_code(struct port *port)
{
	/* rculint: allow(RCU104) not what is found */ // warning: RCU901
	return port->shape->rate; /* error: RCU101 */
}

int one_of_two(struct port *port)
{
	/* rculint: allow(RCU101, RCU102) set once */ // warning: RCU901
	return port->shape->rate;
}

int nothing(struct port *port)
{
	return !rcu_access_pointer(port->shape); /* rculint: allow(RCU104) x */ // warning: RCU901
}

const char *not_a_comment(void)
{
	return "/* rculint: allow(RCU101) no */";
}

/* rculint: allow(RCU101) the macro is only used where the port is held */
#define port_rate(port) \
	((port)->shape->rate)

int in_a_macro(struct port *port)
{
	return port_rate(port);
}

// Suppressions for a whole file.
#include <linux/kernel.h>
#include <linux/rcupdate.h>

/* rculint: allow-file(RCU104) nobody else sees these while they are tested */
/* rculint: allow-file(RCU103) there was a store once */ // warning: RCU901

struct shape {
	int rate;
};

struct port {
	struct shape __rcu *shape;
};

int first(struct port *port)
{
	return !port->shape;
}

int second(struct port *port)
{
	if (!port->shape)
		return 0;
	return port->shape->rate; /* error: RCU101 */
}

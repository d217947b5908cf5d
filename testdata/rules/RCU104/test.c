// The pointer is only tested or compared.
#include <linux/kernel.h>
#include <linux/rcupdate.h>

struct shape {
	int rate;
};

struct port {
	struct shape __rcu *shape;
	struct shape __rcu *backup;
	int users;
};

static struct shape __rcu *main_shape;

int conditions(struct port *port)
{
	if (port->shape) // warning: RCU104
		return 1;
	if (!port->shape) // warning: RCU104
	// fix: if (!rcu_access_pointer(port->shape))
		return 2;
	if (port->shape == NULL) // warning: RCU104
	// fix: if (rcu_access_pointer(port->shape) == NULL)
		return 3;
	if (NULL != port->shape) // warning: RCU104
		return 4;
	if (main_shape && port->users) // warning: RCU104
	// fix: if (rcu_access_pointer(main_shape) && port->users)
		return 5;
	if (port->users || !port->backup) // warning: RCU104
		return 6;
	if ((port->shape)) // warning: RCU104
		return 7;
	return 0;
}

int loops(struct port *port)
{
	int n = 0;

	while (port->shape) // warning: RCU104
		n++;
	do {
		n++;
	} while (!port->shape); // warning: RCU104
	for (n = 0; port->backup; n++) // warning: RCU104
		barrier();
	return n;
}

int values(struct port *port, struct shape *a, struct shape *b)
{
	int n = port->shape ? 1 : 0; // warning: RCU104
	bool there = !!port->shape; // warning: RCU104
	bool same = port->shape == a; // warning: RCU104
	// fix: bool same = rcu_access_pointer(port->shape) == a;

	n += port->shape != b; // warning: RCU104
	a = port->shape ? a : b; // warning: RCU104
	return n + there + same + !port->shape; // warning: RCU104
}

int both_sides(struct port *port)
{
	return port->shape == port->backup; // warning: RCU104, warning: RCU104
}

int tested_then_followed(struct port *port)
{
	if (port->shape && port->shape->rate) // warning: RCU104, error: RCU101
		return 1;
	return port->shape ? port->shape->rate : 0; // warning: RCU104, error: RCU101
}

int with_accessor(struct port *port, struct shape *shape)
{
	if (!rcu_access_pointer(port->shape))
		return 0;
	return rcu_access_pointer(port->shape) == shape;
}

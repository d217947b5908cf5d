// A local or by-value parameter that holds an annotated value is nobody else's storage.
#include <linux/kernel.h>
#include <linux/rcupdate.h>

struct shape {
	int rate;
};

struct port {
	struct shape __rcu *shape;
};

static int of_parameter(struct shape __rcu *shape)
{
	return shape ? 1 : 0;
}

int of_local(struct port *port, struct shape __rcu *given)
{
	struct shape __rcu *copy;
	struct shape __rcu **slot = &port->shape;

	copy = given;
	if (copy == given)
		copy = NULL;
	if (!rcu_access_pointer(*slot))
		return of_parameter(copy);
	return 0;
}

// Plain NULL stores.
#include <linux/kernel.h>
#include <linux/rcupdate.h>

struct shape {
	int rate;
};

struct port {
	struct shape __rcu *shape;
	struct shape __rcu *table[4];
	struct shape *plain;
};

static struct shape __rcu *main_shape;

void clear(struct port *port, struct shape __rcu **slot, int i)
{
	port->shape = NULL; // warning: RCU103
	// fix: RCU_INIT_POINTER(port->shape, NULL);
	port->table[i] = NULL; // warning: RCU103
	// fix: RCU_INIT_POINTER(port->table[i], NULL);
	main_shape = NULL; // warning: RCU103
	// fix: RCU_INIT_POINTER(main_shape, NULL);
	*slot = NULL; // warning: RCU103
	// fix: RCU_INIT_POINTER(*slot, NULL);
	port->shape = 0; // warning: RCU103
	port->shape = (struct shape *)NULL; // warning: RCU103
	port->plain = NULL;
	RCU_INIT_POINTER(port->shape, NULL);
	rcu_assign_pointer(port->shape, NULL);
}

void in_expressions(struct port *a, struct port *b)
{
	a->plain = NULL;
	a->shape = b->shape = NULL; // warning: RCU103, warning: RCU103
}

void in_a_branch(struct port *port, struct shape *old)
{
	if (rcu_access_pointer(port->shape) == old)
		port->shape = NULL; // warning: RCU103
		// fix: RCU_INIT_POINTER(port->shape, NULL);
	else
		port->plain = NULL;
}

// sparse validation/non-pointer-null.c: the ways to write NULL, which fits every address space.
#include <linux/kernel.h>
#include <linux/rcupdate.h>

struct shape {
	int rate;
};

struct port {
	struct shape __rcu *shape;
	struct shape __rcu **slots;
};

static struct shape __rcu *none = NULL;
static struct shape __rcu *zero = 0;
static struct shape __rcu *table[2] = { NULL, (void *)0 };

void take(struct shape __rcu *shape);

struct shape __rcu *fits(struct shape __rcu *shape)
{
	struct shape __rcu *local = 0;

	take(NULL);
	take(0);
	/* A null pointer of another type is a pointer of that type. */
	take((struct shape *)NULL); // warning: RCU105
	local = 0L;
	if (local == NULL || shape == 0)
		return 0;
	return NULL;
}

/* Differs on purpose: a store of NULL and a comparison with it touch what is shared. */
void shared(struct port *port)
{
	port->shape = NULL; // warning: RCU103
	port->shape = 0; // warning: RCU103
	port->shape = (void *)0; // warning: RCU103
	port->shape = (struct shape __rcu *)NULL; // warning: RCU103
	none = (0); // warning: RCU103
	table[1] = zero = NULL; // warning: RCU103, warning: RCU103
	port->slots = NULL;
	if (port->shape == 0) // warning: RCU104
		RCU_INIT_POINTER(port->shape, NULL);
}

// Definitions that disagree about the annotation: nothing is claimed.
#include <linux/kernel.h>
#include <linux/rcupdate.h>

struct shape {
	int rate;
};

#ifdef CONFIG_PORT_LOCKLESS
typedef struct shape __rcu *shape_slot_t;
#else
typedef struct shape *shape_slot_t;
#endif

struct port {
	shape_slot_t slot;
#ifdef CONFIG_PORT_LOCKLESS
	struct shape __rcu *shape;
#else
	struct shape *shape;
#endif
};

int either(struct port *port)
{
	return rcu_dereference(port->slot)->rate + rcu_dereference(port->shape)->rate;
}

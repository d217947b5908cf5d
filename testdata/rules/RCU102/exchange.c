// Atomic exchanges of a slot are no plain access; their types are another rule's business.
#include <linux/atomic.h>
#include <linux/kernel.h>
#include <linux/rcupdate.h>

struct shape {
	int rate;
};

struct port {
	struct shape __rcu *shape;
};

struct shape *exchange(struct port *port, struct shape *shape)
{
	struct shape *old;

	old = unrcu_pointer(xchg(&port->shape, RCU_INITIALIZER(shape)));
	if (old)
		return old;
	xchg(&port->shape, NULL);
	cmpxchg(&port->shape, NULL, RCU_INITIALIZER(shape));
	smp_store_release(&port->shape, RCU_INITIALIZER(shape));
	if (smp_load_acquire(&port->shape))
		return NULL;
	return rcu_dereference_protected(xchg(&port->shape, NULL), 1);
}

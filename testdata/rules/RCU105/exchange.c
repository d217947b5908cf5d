// What xchg() and its kind store and return has the type of the slot.
#include <linux/atomic.h>
#include <linux/kernel.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>

struct shape {
	int rate;
};

struct port {
	struct shape __rcu *shape;
	struct shape *plain;
};

struct shape *exchange(struct port *port, struct shape *shape)
{
	struct shape *old = xchg(&port->shape, NULL); // warning: RCU105
	// fix: struct shape *old = unrcu_pointer(xchg(&port->shape, NULL));

	xchg(&port->shape, shape); // warning: RCU105
	// fix: xchg(&port->shape, RCU_INITIALIZER(shape));
	cmpxchg(&port->shape, NULL, shape); // warning: RCU105
	// fix: cmpxchg(&port->shape, NULL, RCU_INITIALIZER(shape));
	kfree(xchg(&port->shape, NULL)); // warning: RCU105
	// fix: kfree(unrcu_pointer(xchg(&port->shape, NULL)));
	smp_store_release(&port->shape, shape); // warning: RCU105
	// fix: smp_store_release(&port->shape, RCU_INITIALIZER(shape));
	old = unrcu_pointer(xchg(&port->shape, RCU_INITIALIZER(shape)));
	old = rcu_dereference_protected(xchg(&port->shape, RCU_INITIALIZER(shape)), 1);
	old = xchg(&port->plain, shape);
	return old;
}

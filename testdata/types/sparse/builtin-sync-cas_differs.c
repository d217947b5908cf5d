// sparse validation/builtin-sync-cas.c: the values beside the slot have the slot's type.
#include <linux/kernel.h>
#include <linux/rcupdate.h>

struct shape {
	int rate;
};

struct port {
	struct shape __rcu *shape;
};

struct shape *differs(struct port *port, struct shape *plain, struct shape __rcu *shape)
{
	__sync_val_compare_and_swap(&port->shape, NULL, plain); // warning: RCU105
	__atomic_store_n(&port->shape, plain, 0); // warning: RCU105
	return __sync_val_compare_and_swap(&port->shape, NULL, shape); // warning: RCU105
}

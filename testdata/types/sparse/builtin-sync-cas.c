// sparse validation/builtin-sync-cas.c, builtin_atomic.c: the compiler's atomics on an annotated slot.
#include <linux/kernel.h>
#include <linux/rcupdate.h>

struct shape {
	int rate;
};

struct port {
	struct shape __rcu *shape;
	struct shape *plain;
};

void annotated(struct port *port, struct shape __rcu *old, struct shape __rcu *new)
{
	old = __sync_val_compare_and_swap(&port->shape, old, new);
	if (__sync_bool_compare_and_swap(&port->shape, old, NULL))
		old = __atomic_exchange_n(&port->shape, new, 0);
	old = __atomic_load_n(&port->shape, 0);
	__atomic_store_n(&port->shape, new, 0);
}

void plain(struct port *port, struct shape *old, struct shape *new)
{
	old = __sync_val_compare_and_swap(&port->plain, old, new);
	__atomic_store_n(&port->plain, old, 0);
}

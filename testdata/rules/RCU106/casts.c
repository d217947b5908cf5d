// Casts that change the address space without saying __force.
#include <linux/kernel.h>
#include <linux/rcupdate.h>

struct shape {
	int rate;
};

struct other {
	int rate;
};

struct port {
	struct shape __rcu *shape;
};

typedef unsigned long word_t;

struct shape **slots(struct port *port, void **raw)
{
	struct shape **plain = (struct shape **)&port->shape; // warning: RCU106
	struct shape __rcu **slot = (struct shape __rcu **)raw; // note: RCU106

	plain = (struct shape __force **)&port->shape;
	plain = (__force struct shape **)&port->shape;
	slot = (struct shape __rcu **)&port->shape;
	slot = (struct shape __rcu __force **)raw;
	(void)slot;
	return plain;
}

unsigned long values(struct shape __rcu *shape, struct shape *plain, struct port *port)
{
	struct shape *copy = (struct shape *)shape; // warning: RCU106
	struct other __rcu *other = (struct other __rcu *)shape;
	struct shape __rcu *back = (struct shape __rcu *)plain; // note: RCU106
	void *opaque = (void *)shape; // warning: RCU106

	back = (struct shape __rcu *)NULL;
	back = (struct shape __force __rcu *)plain;
	copy = (struct shape __force *)shape;
	opaque = (struct shape *)port->shape; // error: RCU101
	(void)shape;
	(void)other;
	(void)back;
	return (unsigned long)shape + (word_t)shape + (unsigned long)copy + (unsigned long)opaque;
}

/* A number that is no address says nothing of where it came from. */
u64 numbers(struct shape __rcu *shape)
{
	return (u64)shape + (long)shape; // warning: RCU106, warning: RCU106
}

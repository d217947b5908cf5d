// Casts: of the object, of the pointer, of the slot; __force says that it is meant.
#include <linux/kernel.h>
#include <linux/rcupdate.h>

struct shape {
	int rate;
	int (*run)(int arg);
};


typedef unsigned long uintptr_like;

struct port {
	struct shape __rcu *shape;
};

int of_the_object(void *data, unsigned long cookie)
{
	int n = ((struct port *)data)->shape->rate; // error: RCU101

	n += ((const struct port *)cookie)->shape->rate; // error: RCU101
	return n;
}

unsigned long of_the_pointer(struct port *port)
{
	struct shape *shape = (struct shape *)port->shape; // error: RCU101
	void *opaque = (void *)port->shape; // error: RCU101
	unsigned long bits = (unsigned long)port->shape; // error: RCU101

	shape = (struct shape __force *)port->shape;
	shape = (__force struct shape *)port->shape;
	opaque = (void __force *)port->shape;
	bits += (unsigned long)&port->shape;
	bits += (u64)&port->shape;
	bits += (uintptr_like)&port->shape;
	return bits + (unsigned long)opaque + (unsigned long)shape;
}

int of_the_slot(void **raw, struct port *port)
{
	struct shape __rcu **slot = (struct shape __rcu **)raw; // note: RCU106
	struct shape *shape = *(struct shape __rcu **)raw; // error: RCU101, note: RCU106

	shape = rcu_dereference(*(struct shape __rcu **)raw); // note: RCU106
	*(struct shape __rcu **)raw = shape; // error: RCU102, note: RCU106
	return (*slot)->rate; // error: RCU101
}

/* Casts of the slot's address are about the types of slots, not about an access to this one. */
struct shape **of_the_address(struct port *port)
{
	struct shape **plain = (struct shape **)&port->shape; // warning: RCU106

	plain = (struct shape __force **)&port->shape;
	return plain;
}

// sparse validation/fored_arg.c: a parameter with __force takes pointers of any address space.
#include <linux/kernel.h>
#include <linux/rcupdate.h>

struct shape {
	int rate;
};

struct port {
	struct shape __rcu *shape;
};

bool any_object(__force void *object);
bool any_constant(const void __force *object);
bool plain_object(void *object);

static inline bool any_shape(__force struct shape *shape)
{
	return shape != NULL;
}

bool tested(struct shape __rcu *shape, struct shape *plain, struct port *port)
{
	if (any_object(shape) && any_constant(shape) && any_shape(shape))
		return any_object(plain);
	if (plain_object(shape)) // warning: RCU105
		return false;
	/* Differs on purpose: the parameter may be anything, the read is plain all the same. */
	return any_object(port->shape); // error: RCU101
}

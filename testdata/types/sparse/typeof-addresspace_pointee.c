// sparse validation/typeof-addresspace.c: typeof() of what an annotated pointer points to.
#include <linux/kernel.h>
#include <linux/rcupdate.h>

struct shape {
	int rate;
};

struct port {
	struct shape __rcu *shape;
};

/* As sparse does, not as its case wishes: an object's type has no space, and RCU's accessors build on it. */
void stripped(struct port *port, struct shape __rcu *shape)
{
	typeof(*shape) object = { 0 };
	typeof(*shape) *plain = &object;
	typeof(*port->shape) *read = rcu_dereference(port->shape);
	typeof(*shape) *wrong = shape; // warning: RCU105
	typeof(*shape) __rcu *same = shape;
	typeof(*port->shape) *loaded = port->shape; // error: RCU101

	(void)plain;
	(void)read;
	(void)wrong;
	(void)same;
	(void)loaded;
}

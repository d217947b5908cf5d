// void *, numbers and parameters that take any address space.
#include <linux/kernel.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>

struct shape {
	int rate;
};

struct port {
	struct shape __rcu *shape;
	struct shape __rcu *table[4];
	void __rcu *opaque;
};

void take_void(void *data);
void take_slots(void **slots);
void take_rcu(void __rcu *data);
bool any_space(__force const void *data);
void *error_pointer(long error);

void values(struct port *port, struct shape __rcu *shape)
{
	void *data = shape; // warning: RCU105
	struct shape __rcu *failed = error_pointer(-1); // warning: RCU105
	void __rcu *opaque = shape;

	take_void(shape); // warning: RCU105
	take_void(&port->shape);
	take_void(port->table);
	take_slots((void *)port->table);
	take_slots(&port->opaque); // warning: RCU105
	take_rcu(shape);
	take_rcu(data); // warning: RCU105
	any_space(shape);
	any_space(failed);
	memcpy(port->table, port->table, sizeof(port->table));
	take_rcu(opaque);
}

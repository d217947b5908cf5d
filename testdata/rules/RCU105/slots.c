// Pointers to annotated pointers against pointers to plain ones: at each place where types must agree.
#include <linux/kernel.h>
#include <linux/rcupdate.h>

struct shape {
	int rate;
};

struct port {
	struct shape __rcu *shape;
	struct shape __rcu *table[4];
	struct shape *plain;
};

void plain_slot(struct shape **slot);
void rcu_slot(struct shape __rcu **slot);
int several(int count, struct shape **slot, ...);

void arguments(struct port *port)
{
	plain_slot(&port->shape); // warning: RCU105
	plain_slot(port->table); // warning: RCU105
	plain_slot(&port->table[1]); // warning: RCU105
	rcu_slot(&port->shape);
	rcu_slot(port->table);
	rcu_slot(&port->plain); // warning: RCU105
	plain_slot(&port->plain);
	several(1, &port->shape, &port->shape); // warning: RCU105
}

void assignments(struct port *port, struct shape __rcu **given)
{
	struct shape **plain = &port->shape; // warning: RCU105
	struct shape __rcu **slot = &port->shape;
	struct shape __rcu ***deep = &slot;
	struct shape ***deep_plain;

	plain = given; // warning: RCU105
	slot = &port->plain; // warning: RCU105
	slot = given;
	deep_plain = deep; // warning: RCU105
	deep_plain = &plain;
	(void)deep_plain;
}

struct shape **returned(struct port *port, int which)
{
	if (which)
		return &port->shape; // warning: RCU105
	return &port->plain;
}

int compared(struct port *port, struct shape **plain, struct shape __rcu **slot)
{
	if (plain == &port->shape) // warning: RCU105
		return 1;
	if (slot == plain) // warning: RCU105
		return 2;
	return slot == &port->shape;
}

void selected(struct port *port, int which)
{
	plain_slot(which ? &port->shape : &port->plain); // warning: RCU105
	(void)(which ? &port->plain : &port->shape); // warning: RCU105
	rcu_slot(which ? &port->shape : port->table);
	rcu_slot(which ? &port->shape : NULL);
}

struct cursor {
	struct shape **plain;
	struct shape __rcu **slot;
};

struct cursor initialised(struct port *port)
{
	struct cursor cursor = {
		.plain = &port->shape, // warning: RCU105
		.slot = &port->shape,
	};
	struct cursor both[] = {
		{ &port->plain, &port->plain }, // warning: RCU105
	};

	cursor.plain = both[0].plain;
	return cursor;
}

// Operands that are never evaluated, and addresses.
#include <linux/kernel.h>
#include <linux/rcupdate.h>

struct shape {
	int rate;
	int (*run)(int arg);
};

struct port {
	struct shape __rcu *shape;
	struct shape __rcu *table[4];
};

void take_slot(struct shape __rcu **slot);

size_t quiet(struct port *port)
{
	struct shape __rcu **slot = &port->shape;
	typeof(*port->shape) local = { 0 };
	size_t n = sizeof(port->shape) + sizeof(*port->shape) + sizeof port->shape;

	n += sizeof(port->shape->rate);
	n += ARRAY_SIZE(port->table) + sizeof(port->table) / sizeof(port->table[0]);
	n += offsetof(struct port, shape) + offsetof(struct port, table[1]);
	n += __alignof__(port->shape) + __builtin_types_compatible_p(typeof(port->shape), void *);
	take_slot(&port->shape);
	take_slot(&port->table[2]);
	take_slot(port->table);
	take_slot(slot);
	return n + local.rate + (&port->shape == slot) + (unsigned long)&port->table;
}

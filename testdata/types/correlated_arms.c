// What is annotated in one arm only is used with that arm's accessors: silent.
#include <linux/kernel.h>
#include <linux/rcupdate.h>

struct shape {
	int rate;
	int (*run)(int arg);
};

#ifdef CONFIG_PORT_LOCKLESS
typedef struct shape __rcu *shape_slot_t;

static inline struct shape *slot_read(shape_slot_t *slot)
{
	return rcu_dereference(*slot);
}
#else
typedef struct shape *shape_slot_t;

static inline struct shape *slot_read(shape_slot_t *slot)
{
	return *slot;
}
#endif

struct port {
	shape_slot_t slot;
#ifdef CONFIG_PORT_LOCKLESS
	struct shape __rcu *shape;
#else
	struct shape *shape;
#endif
	struct shape __rcu *backup;
};

int either(struct port *port)
{
	struct shape *shape = slot_read(&port->slot);

	if (port->slot)
		shape = port->slot;
	if (port->shape)
		shape = port->shape;
	return shape->rate + port->backup->rate; // error: RCU101
}

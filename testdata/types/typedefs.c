// Annotated typedefs, typedefs of unnamed structures, and typedefs on the way.
#include <linux/kernel.h>
#include <linux/rcupdate.h>

struct shape {
	int rate;
	int (*run)(int arg);
};

typedef struct shape __rcu *shape_ref;
typedef struct shape *shape_ptr;
typedef struct {
	struct shape __rcu *shape;
} possible_t;

struct port {
	shape_ref ref;
	shape_ref refs[4];
	shape_ptr plain;
	shape_ptr __rcu *list;
	possible_t possible;
};

typedef struct port port_t;
typedef port_t *port_handle;

struct shape *reads(struct port *port, port_t *same, port_handle handle, int i)
{
	struct shape *shape = port->ref; // error: RCU101
	shape_ref *slot = &port->ref;

	shape = port->refs[i]; // error: RCU101
	shape = port->plain;
	shape = port->possible.shape; // error: RCU101
	shape = same->ref; // error: RCU101
	shape = handle->ref; // error: RCU101
	shape = *slot; // error: RCU101
	shape = port->list[i]; // error: RCU101
	shape = rcu_dereference(port->ref);
	shape = rcu_dereference(handle->possible.shape);
	return shape;
}

static inline struct shape *possible_read(const possible_t *possible)
{
	return rcu_dereference(possible->shape);
}

int writes(possible_t *possible, struct shape *shape)
{
	possible->shape = shape; // error: RCU102
	return possible_read(possible)->rate;
}

// sparse validation/typedef-redef.c, multi_typedef.c: typedefs repeated, in lists, and hidden.
#include <linux/kernel.h>
#include <linux/rcupdate.h>

struct shape {
	int rate;
};

typedef struct shape __rcu *shape_ref;
typedef struct shape __rcu *shape_ref;

typedef struct shape shape_t, *shape_ptr, __rcu *shape_rcu, __rcu **shape_slots;

struct port {
	shape_ref ref;
	shape_ptr plain;
	shape_rcu annotated;
	shape_slots slots;
};

int reads(struct port *port)
{
	int n = port->ref->rate; // error: RCU101

	n += port->plain->rate;
	n += port->annotated->rate; // error: RCU101
	n += port->slots[1]->rate; // error: RCU101
	return n;
}

/* A local name hides the typedef. */
int hidden(struct port *port)
{
	struct shape *shape_rcu = port->plain;

	return shape_rcu->rate;
}

// sparse validation/typedef-redef.c: of typedefs that differ in the annotation none is believed.
#include <linux/kernel.h>
#include <linux/rcupdate.h>

struct shape {
	int rate;
};

typedef struct shape *shape_ref;
typedef struct shape __rcu *shape_ref;

struct port {
	shape_ref ref;
};

/* Differs on purpose: sparse reports the second typedef, and goes by it. */
int reads(struct port *port, shape_ref given)
{
	return port->ref->rate + given->rate + rcu_dereference(port->ref)->rate;
}

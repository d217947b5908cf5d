// __rcu_guarded, which is __rcu and a guard besides, wherever __rcu may stand.
#include <linux/kernel.h>
#include <linux/rcupdate.h>

struct shape {
	int rate;
};

typedef struct shape __rcu_guarded *shape_ref;

struct port {
	struct shape __rcu_guarded *shape;
	struct shape __rcu_guarded *table[4];
	const struct shape __rcu_guarded *constant;
	shape_ref ref;
	struct shape * __rcu_guarded *list;
	long __rcu_guarded *number;
	int (__rcu_guarded *run)(int arg);
	struct {
		struct shape __rcu_guarded *inner;
	};
};

static struct shape __rcu_guarded *shared;

void take_plain(struct shape *shape);
void take_rcu(struct shape __rcu *shape);
void take_guarded(struct shape __rcu_guarded *shape);
void take_slot(struct shape __rcu **slot);

int reads(struct port *port, int i)
{
	struct shape *shape = port->shape; // error: RCU101
	int n = port->table[i]->rate; // error: RCU101

	n += port->constant->rate; // error: RCU101
	n += port->ref->rate; // error: RCU101
	n += port->list[i]->rate; // error: RCU101
	n += *port->number; // error: RCU101
	n += port->run(n); // error: RCU101
	n += port->inner->rate; // error: RCU101
	n += shared->rate; // error: RCU101
	if (!port->shape || shared == shape) // warning: RCU104, warning: RCU104
		return 0;
	n += rcu_dereference(port->shape)->rate;
	n += rcu_dereference(port->ref)->rate;
	n += rcu_dereference(shared)->rate;
	return n + rcu_dereference(port->list)[i]->rate;
}

void stores(struct port *port, struct shape *shape)
{
	port->shape = shape; // error: RCU102
	port->table[1] = NULL; // warning: RCU103
	shared = shape; // error: RCU102
	rcu_assign_pointer(port->shape, shape);
	RCU_INIT_POINTER(shared, NULL);
}

/* It is the same type. */
int values(struct port *port, struct shape __rcu_guarded *given, struct shape __rcu *other)
{
	struct shape __rcu_guarded *local = other;
	struct shape __rcu_guarded **slot = &port->shape;

	take_rcu(given);
	take_guarded(other);
	take_guarded(local);
	take_slot(slot);
	take_slot(&port->ref);
	take_plain(given); // warning: RCU105
	take_plain((struct shape *)given); // warning: RCU106
	take_guarded((struct shape __rcu_guarded *)given);
	return given->rate; // error: RCU105
}

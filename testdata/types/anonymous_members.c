// Members of unnamed structures and unions, and the macros that make them.
#include <linux/kernel.h>
#include <linux/rcupdate.h>

struct shape {
	int rate;
	int (*run)(int arg);
};

struct port {
	union {
		struct shape __rcu *shape;
		unsigned long raw;
		struct {
			int pad;
			struct shape __rcu *deep;
		};
	};
	struct_group(shared,
		struct shape __rcu *grouped;
		int count;
	);
	int nr;
	DECLARE_FLEX_ARRAY(struct shape __rcu *, table);
};

int reads(struct port *port, int i)
{
	int n = port->shape->rate; // error: RCU101

	n += port->deep->rate; // error: RCU101
	n += port->grouped->rate; // error: RCU101
	n += port->shared.grouped->rate; // error: RCU101
	n += port->table[i]->rate; // error: RCU101
	n += rcu_dereference(port->table[i])->rate;
	return n + port->pad + port->count + port->raw;
}

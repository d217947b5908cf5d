// sparse validation/comma.c: operands of a comma, and the decay of the last one.
#include <linux/kernel.h>
#include <linux/rcupdate.h>

struct shape {
	int rate;
};

struct port {
	struct shape __rcu *shape;
	struct shape __rcu *table[4];
};

int operands(struct port *port, struct shape __rcu *given)
{
	struct shape __rcu **row = (port->table[0], port->table); // error: RCU101
	struct shape __rcu *last = (row++, given);
	struct shape **plain = (row++, port->table); // warning: RCU105
	struct shape *value = (row++, given); // warning: RCU105
	int n = (row++, row[1])->rate; // error: RCU101

	(void)last;
	(void)plain;
	return n + value->rate + sizeof((0, port->table));
}

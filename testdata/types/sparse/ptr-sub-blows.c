// sparse validation/ptr-sub-blows.c, compound-assign-type.c, nocast.c: arithmetic with annotated pointers.
#include <linux/kernel.h>
#include <linux/rcupdate.h>

struct shape {
	int rate;
};

struct port {
	struct shape __rcu *shape;
	struct shape __rcu *table[4];
};

long values(struct shape __rcu *left, struct shape __rcu *right, struct shape __rcu **slot,
	    struct port *port, struct shape *plain)
{
	struct shape __rcu *next = left + 1;
	struct shape *lost = left + 1; // warning: RCU105
	long n = left - right;

	next += 2;
	next -= n;
	next++;
	--next;
	slot += n;
	n += slot - port->table;
	n += &port->table[3] - &port->table[1];
	lost = 1 + right; // warning: RCU105
	n += left < right || left >= next;
	n += left > plain; // warning: RCU105
	return n + (lost - plain);
}

long shared(struct port *port, struct shape __rcu *left)
{
	long n = left - port->shape; // warning: RCU101

	n += port->shape - port->table[1]; // error: RCU101, error: RCU101
	return n + (port->shape + 1)->rate; // error: RCU101
}

// sparse validation/autotype.c: an array decays before it is stored.
#include <linux/kernel.h>
#include <linux/rcupdate.h>

struct shape {
	int rate;
};

struct port {
	struct shape __rcu *table[4];
};

int decayed(struct port *port, struct shape *shape)
{
	__auto_type row = port->table;
	int n = row[1]->rate; // error: RCU101

	if (row[2]) // warning: RCU104
		row[2] = NULL; // warning: RCU103
	row[3] = shape; // error: RCU102
	row++;
	return n + (*row)->rate; // error: RCU101
}

// sparse validation/abstract-array-declarator-*.c: slots as arrays in parameters, with and without a name.
#include <linux/kernel.h>
#include <linux/rcupdate.h>

struct shape {
	int rate;
};

struct port {
	struct shape __rcu *table[4];
	struct shape *plain[4];
};

void unnamed(struct shape __rcu *[]);
void sized(struct shape __rcu *[4]);
void fixed(struct shape __rcu *[static 4]);
void constant(struct shape __rcu *[const 4]);
void plain(struct shape *[]);
void rows(struct shape __rcu *(*table)[4]);

int named(struct shape __rcu *slots[static 4], struct shape __rcu *more[const], struct port *port)
{
	unnamed(slots);
	sized(port->table);
	fixed(port->table);
	constant(more);
	rows(&port->table);
	unnamed(port->plain); // warning: RCU105
	fixed(port->plain); // warning: RCU105
	rows(&port->plain); // warning: RCU105
	plain(slots); // warning: RCU105
	plain(port->table); // warning: RCU105
	return slots[1]->rate + (*more)->rate; // error: RCU101, error: RCU101
}

// sparse validation/call-variadic.c: what is passed for ... has no type to agree with.
#include <linux/kernel.h>
#include <linux/rcupdate.h>

struct shape {
	int rate;
};

struct port {
	struct shape __rcu *shape;
	struct shape __rcu *table[4];
};

int print(const struct shape *shape, ...);

void passed(struct port *port, struct shape __rcu *given)
{
	print(NULL, given, &given, NULL, 0);
	print(NULL, &port->shape, port->table, &port->table[1]);
	print(given, given); // warning: RCU105
	/* Differs on purpose: the read is plain, whatever takes its value. */
	print(NULL, port->shape, 0); // error: RCU101
	pr_info("%p %p\n", given, port->table[1]); // error: RCU101
}

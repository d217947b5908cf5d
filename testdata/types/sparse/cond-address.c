// sparse validation/cond-address.c, Waddress*.c: addresses that are tested, beside pointers that are.
#include <linux/kernel.h>
#include <linux/rcupdate.h>

struct shape {
	int rate;
};

struct port {
	struct shape __rcu *shape;
	struct shape __rcu *table[4];
	int (__rcu *hook)(int id);
};

extern struct shape __rcu *shared;
extern struct shape __rcu *shared_table[];
struct shape __rcu *result(void);

/* An address, an array and a function read nothing. */
int addresses(struct port *port)
{
	if (&port->shape || port->table || &port->table || &port->table[1])
		return 1;
	if (!&shared || !shared_table || &shared_table == NULL || NULL == &shared)
		return 2;
	if (result || &result || *result || shared_table && result)
		return 3;
	return 0;
}

/* Differs on purpose: sparse lets any pointer be tested. */
int pointers(struct port *port, struct shape __rcu *given, struct shape __rcu *slots[])
{
	if (shared) // warning: RCU104
		return 1;
	if (!port->shape || !shared_table[2]) // warning: RCU104, warning: RCU104
		return 2;
	if (port->hook == NULL || NULL != *slots) // warning: RCU104, warning: RCU104
		return 3;
	if (slots || slots == NULL)
		return 4;
	/* What is in the function's own hands already is not read again. */
	if (given || !result() || 0 == given)
		return 5;
	return 0;
}

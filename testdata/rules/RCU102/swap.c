// swap() stores to both arguments.
#include <linux/kernel.h>
#include <linux/rcupdate.h>

struct shape {
	int rate;
};

struct port {
	struct shape __rcu *shape;
	struct shape *plain;
	int users;
};

void exchange(struct port *a, struct port *b)
{
	swap(a->shape, b->shape); // error: RCU102, error: RCU102
	swap(a->plain, b->plain);
	swap(a->users, b->users);
}

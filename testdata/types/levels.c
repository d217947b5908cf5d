// The qualifier belongs to one level of a pointer.
#include <linux/kernel.h>
#include <linux/rcupdate.h>

struct shape {
	int rate;
	int (*run)(int arg);
};

struct port {
	struct shape * __rcu *list;		/* the list is replaced, its elements are plain */
	struct shape __rcu **slots;		/* the elements are replaced */
	struct shape __rcu * __rcu *both;
	const struct shape __rcu *constant;
	struct shape const __rcu *constant_too;
	struct shape __rcu *const *view;
	int __rcu *numbers;
	void __rcu *opaque;
};

int inner_plain(struct port *port, int i)
{
	struct shape **list = port->list; // error: RCU101
	int n = port->list[i]->rate; // error: RCU101

	list = rcu_dereference(port->list);
	n += list[i]->rate;
	n += rcu_dereference(port->list)[i]->rate;
	return n;
}

int outer_plain(struct port *port, int i)
{
	struct shape __rcu **slots = port->slots;
	int n = port->slots[i]->rate; // error: RCU101

	n += (*port->slots)->rate; // error: RCU101
	n += slots[i]->rate; // error: RCU101
	if (port->slots)
		n += rcu_dereference(port->slots[i])->rate;
	port->slots = NULL;
	return n;
}

int two_levels(struct port *port, int i)
{
	struct shape __rcu **slots = rcu_dereference(port->both);
	int n = port->both[i]->rate; // error: RCU101, error: RCU101

	n += slots[i]->rate; // error: RCU101
	n += rcu_dereference(port->both)[i]->rate; // error: RCU101
	n += rcu_dereference(port->both[i])->rate; // error: RCU101
	n += rcu_dereference(rcu_dereference(port->both)[i])->rate;
	return n;
}

int qualified(struct port *port, int i)
{
	const struct shape *shape = port->constant; // error: RCU101
	void *opaque = port->opaque; // error: RCU101

	shape = port->constant_too; // error: RCU101
	shape = port->view[i]; // error: RCU101
	return shape->rate + port->numbers[i] + !opaque; // error: RCU101
}

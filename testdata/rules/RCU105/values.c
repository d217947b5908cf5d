// Annotated values that are no shared storage: results, parameters, copies.
#include <linux/kernel.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>

struct shape {
	int rate;
	struct shape __rcu *next;
};

struct port {
	struct shape __rcu *shape;
};

struct shape __rcu *result(int id);
void take_plain(struct shape *shape);
void take_rcu(struct shape __rcu *shape);

int parameters(struct shape __rcu *shape)
{
	int n = shape->rate; // error: RCU105

	n += (*shape).rate; // error: RCU105
	n += shape[1].rate; // error: RCU105
	n += rcu_dereference(shape)->rate;
	take_plain(shape); // warning: RCU105
	take_rcu(shape);
	kfree(shape); // warning: RCU105
	if (!shape)
		return 0;
	return n + sizeof(shape->rate) + sizeof(*shape);
}

int results(int id)
{
	struct shape *plain = result(id); // warning: RCU105
	struct shape __rcu *copy = result(id);

	take_plain(result(id)); // warning: RCU105
	if (result(id))
		return result(id)->rate; // error: RCU105
	take_rcu(copy);
	return plain->rate;
}

void plain_values(struct shape *shape)
{
	struct shape __rcu *copy = shape; // warning: RCU105

	take_rcu(shape); // warning: RCU105
	copy = shape; // warning: RCU105
	copy = NULL;
	take_rcu(NULL);
	take_rcu(0);
	take_rcu(copy);
}

struct shape __rcu *returned(struct shape *shape, int which)
{
	if (which)
		return shape; // warning: RCU105
	return NULL;
}

int compared(struct shape __rcu *left, struct shape __rcu *right, struct shape *plain)
{
	if (left == right || left != NULL)
		return 1;
	return left == plain; // warning: RCU105
}

/* What is followed on from a plain load is reported once, where the load is. */
int once(struct port *port)
{
	take_plain(port->shape); // error: RCU101
	return port->shape->rate; // error: RCU101
}

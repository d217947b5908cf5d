// The arms of ?:, the end of a comma expression, short circuits.
#include <linux/kernel.h>
#include <linux/rcupdate.h>

struct shape {
	int rate;
	int (*run)(int arg);
};

struct port {
	struct shape __rcu *shape;
	struct shape __rcu *backup;
	int count;
};

int arms(struct port *a, struct port *b, bool on)
{
	struct shape *shape;

	shape = on ? a->shape : b->shape; // error: RCU101, error: RCU101
	shape = on ? a->shape : NULL; // error: RCU101
	shape = (on ? a : b)->shape; // error: RCU101
	shape = (a->count++, a->shape); // error: RCU101
	shape = a->shape ?: b->backup; // error: RCU101, error: RCU101
	if (on ? a->shape : b->shape) // warning: RCU104, warning: RCU104
		return 1;
	if (!(on ? a->shape : NULL)) // warning: RCU104
		return 2;
	if (a->count++, a->shape) // warning: RCU104
		return 3;
	if (on && (a->shape || b->shape)) // warning: RCU104, warning: RCU104
		return 4;
	return shape->rate;
}

int value_of_assignment(struct port *a, struct shape *shape)
{
	struct shape *last;

	if ((last = shape) && a->count)
		return last->rate;
	return a->count ? 0 : 1;
}

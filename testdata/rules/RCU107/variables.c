// Variables and parameters that accessors are applied to.
#include <linux/kernel.h>
#include <linux/rcupdate.h>

struct shape {
	int rate;
};

static struct shape *current_shape; // warning: RCU107
// fix: static struct shape __rcu *current_shape;
static struct shape __rcu *good_shape;
struct shape *both_ways; // warning: RCU107

int globals(void)
{
	static struct shape *cached; // warning: RCU107
	// fix: static struct shape __rcu *cached;
	int n = rcu_dereference(current_shape)->rate;

	n += rcu_dereference(good_shape)->rate;
	n += rcu_dereference(cached)->rate;
	return n + rcu_dereference(both_ways)->rate;
}

void slot(struct shape **slot, struct shape *shape) // warning: RCU107
// fix: void slot(struct shape __rcu **slot, struct shape *shape)
{
	rcu_assign_pointer(*slot, shape);
}

/* What a function returns is stored somewhere else. */
struct shape **slot_of(int id); // warning: RCU107

int result(int id)
{
	return rcu_dereference(*slot_of(id))->rate;
}

// Globals and static variables are shared storage as members are.
#include <linux/kernel.h>
#include <linux/rcupdate.h>

struct shape {
	int rate;
};

static struct shape __rcu *main_shape;
struct shape __rcu *shapes[4];
extern struct shape __rcu *other_shape;

int readers(int i)
{
	struct shape *shape;
	int rate;

	rcu_read_lock();
	shape = main_shape; // error: RCU101
	// fix: shape = rcu_dereference(main_shape);
	rate = shape->rate + other_shape->rate; // error: RCU101
	// fix: rate = shape->rate + rcu_dereference(other_shape)->rate;
	shape = shapes[i]; // error: RCU101
	// fix: shape = rcu_dereference(shapes[i]);
	rate += shape->rate;
	rate += rcu_dereference(main_shape)->rate;
	rcu_read_unlock();
	return rate;
}

int static_local(void)
{
	static struct shape __rcu *cached;

	if (cached) // warning: RCU104
		return cached->rate; // error: RCU101
	return 0;
}

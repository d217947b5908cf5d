// Where nothing is known to be held, the other uses of the pointer tell the accessor; its proof is
// rewritten for the object at hand.
#include <linux/kernel.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>

struct filter {
	int rate;
};

struct bridge {
	struct mutex lock;
	struct filter __rcu *filter;
};

struct lane {
	struct bridge *bridge;
};

static struct mutex filters_lock;
static struct filter __rcu *default_filter;

int bridge_filter_rate(struct bridge *bridge)
{
	struct filter *filter;

	filter = rcu_dereference_protected(bridge->filter, lockdep_is_held(&bridge->lock));
	return filter->rate;
}

int lane_filter_rate(struct lane *lane)
{
	struct filter *filter;

	filter = lane->bridge->filter; // error: RCU101
	// fix: filter = rcu_dereference_protected(lane->bridge->filter, lockdep_is_held(&lane->bridge->lock));
	return filter->rate;
}

int second_filter_rate(struct bridge *second)
{
	struct filter *filter = second->filter; // error: RCU101
	// fix: struct filter *filter = rcu_dereference_protected(second->filter, lockdep_is_held(&second->lock));

	return filter->rate;
}

/* The lock that is held is named, whatever the others name. */
int locked_filter_rate(struct bridge *bridge, struct lane *lane)
{
	struct filter *filter;
	int rate;

	mutex_lock(&bridge->lock);
	filter = bridge->filter; // error: RCU101
	// fix: filter = rcu_dereference_protected(bridge->filter, lockdep_is_held(&bridge->lock));
	rate = filter->rate;
	mutex_unlock(&bridge->lock);
	return rate;
}

/* A reader does not become an updater because the others are. */
int filter_rate_as_reader(struct bridge *bridge)
{
	struct filter *filter;
	int rate;

	rcu_read_lock();
	filter = bridge->filter; // error: RCU101
	// fix: filter = rcu_dereference(bridge->filter);
	rate = filter->rate;
	rcu_read_unlock();
	return rate;
}

int default_rate(void)
{
	return rcu_dereference_protected(default_filter, lockdep_is_held(&filters_lock))->rate;
}

int default_rate_again(void)
{
	return default_filter->rate; // error: RCU101
	// fix: return rcu_dereference_protected(default_filter, lockdep_is_held(&filters_lock))->rate;
}

// Sections that are there for one pointer.
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/percpu.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

struct route {
	int mtu;
	struct rcu_head rcu;
};

struct hop {
	struct route *cached; // warning: RCU108
	// The section is for the list.
	struct route *beside;
	// It is for a call that wants one.
	struct route *called;
	// Of that call nothing is known.
	struct route *unknown;
	// It is for what leads here.
	struct hop *outer; // warning: RCU108
	struct route *inner;
	// Nobody changes it.
	struct route *fixed;
	struct list_head hops;
	struct list_head node;
	int weight;
	spinlock_t lock;
	struct rcu_head rcu;
};

static DEFINE_PER_CPU(struct route *, mine);

static int cached_mtu(struct hop *hop)
{
	struct route *route;
	int mtu = 0;

	rcu_read_lock();
	route = READ_ONCE(hop->cached);
	if (route)
		mtu = route->mtu;
	rcu_read_unlock();
	return mtu;
}

static int beside_mtu(struct hop *hop)
{
	struct hop *other;
	int mtu = 0;

	rcu_read_lock();
	if (hop->beside)
		mtu = hop->beside->mtu;
	list_for_each_entry_rcu(other, &hop->hops, node)
		mtu += other->weight;
	rcu_read_unlock();
	return mtu;
}

static int weigh(void)
{
	return rcu_read_lock_held() ? 1 : 0;
}

static int called_mtu(struct hop *hop)
{
	struct route *route;
	int mtu = 0;

	rcu_read_lock();
	route = hop->called;
	if (route)
		mtu = route->mtu + weigh();
	rcu_read_unlock();
	return mtu;
}

int weigh_elsewhere(struct hop *hop);

static int unknown_mtu(struct hop *hop)
{
	struct route *route;
	int mtu = 0;

	rcu_read_lock();
	route = hop->unknown;
	if (route)
		mtu = route->mtu + weigh_elsewhere(hop);
	rcu_read_unlock();
	return mtu;
}

static int inner_mtu(struct hop *hop)
{
	struct hop *outer;
	int mtu = 0;

	rcu_read_lock();
	outer = hop->outer;
	if (outer && outer->inner)
		mtu = outer->inner->mtu;
	rcu_read_unlock();
	return mtu;
}

static int fixed_mtu(struct hop *hop)
{
	struct route *route;
	int mtu = 0;

	rcu_read_lock();
	route = hop->fixed;
	if (route)
		mtu = route->mtu;
	route = __this_cpu_read(mine);
	rcu_read_unlock();
	return mtu;
}

static int my_mtu(void)
{
	struct route *route;
	int mtu = 0;

	rcu_read_lock();
	route = this_cpu_read(mine);
	if (route)
		mtu = route->mtu;
	rcu_read_unlock();
	return mtu;
}

static void set(struct hop *hop, struct route *route, struct hop *outer)
{
	spin_lock(&hop->lock);
	hop->cached = route;
	hop->beside = route;
	hop->called = route;
	hop->unknown = route;
	hop->inner = route;
	hop->outer = outer;
	this_cpu_write(mine, route);
	spin_unlock(&hop->lock);
}

static void reset(struct hop *hop)
{
	hop->cached = NULL;
	hop->beside = NULL;
	hop->called = NULL;
	hop->unknown = NULL;
	hop->inner = NULL;
	hop->outer = NULL;
	this_cpu_write(mine, NULL);
}

// Where they end is not seen here.
static void route_free(struct route *route)
{
	kfree_rcu(route, rcu);
}

static void hop_free(struct hop *hop)
{
	kfree_rcu(hop, rcu);
}

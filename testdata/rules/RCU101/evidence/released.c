// What is only given to its end, with nothing put in its place, is out of reach of all others.
#include <linux/kernel.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>

struct bulb {
	int watts;
	struct rcu_head rcu;
};

struct lamp {
	struct mutex lock;
	struct bulb __rcu *bulb;
};

void free_bulb(struct rcu_head *head);

int lamp_watts(struct lamp *lamp)
{
	return rcu_dereference_protected(lamp->bulb, lockdep_is_held(&lamp->lock))->watts;
}

void lamp_cleanup(struct lamp *lamp)
{
	kfree(lamp->bulb); // error: RCU101
	// fix: kfree(rcu_dereference_protected(lamp->bulb, true));
}

void lamp_cleanup_later(struct lamp *lamp)
{
	struct bulb *bulb;

	bulb = lamp->bulb; // error: RCU101
	// fix: bulb = rcu_dereference_protected(lamp->bulb, true);
	if (bulb)
		call_rcu(&bulb->rcu, free_bulb);
}

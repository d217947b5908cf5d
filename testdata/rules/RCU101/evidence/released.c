// What is only given to its end is out of reach of all others.
#include <linux/kernel.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>

struct bulb {
	int watts;
	struct rcu_head rcu;
};

struct lamp {
	struct bulb __rcu *bulb;
};

void free_bulb(struct rcu_head *head);

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

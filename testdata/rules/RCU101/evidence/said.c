// What a function says of itself counts where nothing is known to be held.
#include <linux/kernel.h>
#include <linux/rtnetlink.h>

struct wheel {
	int rate;
};

struct cart {
	struct wheel __rcu *wheel;
};

/* Called with RTNL held. */
int wheel_rate(struct cart *cart)
{
	return cart->wheel->rate; // error: RCU101
	// fix: return rtnl_dereference(cart->wheel)->rate;
}

int cart_rate_rtnl(struct cart *cart)
{
	return cart->wheel->rate; // error: RCU101
	// fix: return rtnl_dereference(cart->wheel)->rate;
}

/* Called under RCU, or with RTNL held. */
int any_rate(struct cart *cart)
{
	return cart->wheel->rate; // error: RCU101
	// fix: return rcu_dereference(cart->wheel)->rate;
}

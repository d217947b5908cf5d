// An accessor of another flavour than the section.
#include <linux/kernel.h>
#include <linux/rcupdate.h>

struct cfg {
	int mtu;
};

struct port {
	struct cfg __rcu *cfg;
};

static int port_mtu(struct port *port)
{
	int mtu;

	rcu_read_lock_bh();
	mtu = rcu_dereference(port->cfg)->mtu; // warning: RCU206
	// fix: mtu = rcu_dereference_bh(port->cfg)->mtu;
	rcu_read_unlock_bh();
	return mtu;
}

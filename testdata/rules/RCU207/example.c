// A pointer tested through one load and followed through another.
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
	int mtu = 0;

	rcu_read_lock();
	if (rcu_access_pointer(port->cfg))
		mtu = rcu_dereference(port->cfg)->mtu; // warning: RCU207
	rcu_read_unlock();
	return mtu;
}

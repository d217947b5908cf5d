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
	struct cfg *cfg;
	int mtu = 0;

	rcu_read_lock();
	cfg = rcu_dereference(port->cfg);
	if (cfg)
		mtu = cfg->mtu;
	rcu_read_unlock();
	return mtu;
}

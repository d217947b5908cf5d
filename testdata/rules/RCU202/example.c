// RCU_INIT_POINTER() does not order what it publishes.
#include <linux/kernel.h>
#include <linux/rcupdate.h>

struct cfg {
	int mtu;
};

struct port {
	struct cfg __rcu *cfg;
};

static void port_set(struct port *port, struct cfg *cfg)
{
	cfg->mtu = 1500;
	RCU_INIT_POINTER(port->cfg, cfg); // warning: RCU202
	// fix: rcu_assign_pointer(port->cfg, cfg);
}

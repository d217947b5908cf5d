// A load whose value is only tested.
#include <linux/kernel.h>
#include <linux/rcupdate.h>

struct cfg {
	int mtu;
};

struct port {
	struct cfg __rcu *cfg;
};

static bool port_configured(struct port *port)
{
	bool configured;

	rcu_read_lock();
	configured = rcu_dereference(port->cfg) != NULL; // warning: RCU203
	// fix: configured = rcu_access_pointer(port->cfg) != NULL;
	rcu_read_unlock();
	return configured;
}

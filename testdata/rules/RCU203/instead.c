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
	return rcu_access_pointer(port->cfg) != NULL;
}

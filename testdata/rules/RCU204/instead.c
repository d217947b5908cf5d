// A condition that is always true under a lock.
#include <linux/kernel.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>

struct cfg {
	int mtu;
};

struct port {
	struct cfg __rcu *cfg;
	struct mutex lock;
};

static void port_reset(struct port *port)
{
	struct cfg *cfg;

	mutex_lock(&port->lock);
	cfg = rcu_dereference_protected(port->cfg, lockdep_is_held(&port->lock));
	cfg->mtu = 0;
	mutex_unlock(&port->lock);
}

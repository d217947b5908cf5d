// Functions whose parameters are declared behind the head, as before C89: what they do is not
// looked at, which is counted; what stands around them is.

#include <linux/rcupdate.h>

struct cfg {
	int mtu;
};

struct port {
	struct cfg __rcu *cfg;
};

int before(struct port *port)
{
	return port->cfg->mtu; // error: RCU101
}

int old(port, mode)
	struct port *port;
	int mode;
{
	return mode ? port->cfg->mtu : 0;
}

int older(port) struct port *port;
{
	return before(port);
}

implicit()
{
	return 0;
}

int after(struct port *port)
{
	return port->cfg->mtu; // error: RCU101
}

// SPDX-License-Identifier: MIT OR Apache-2.0
#include <linux/port.h>

struct cfg *rust_helper_port_cfg(struct port *port)
{
	return rcu_dereference(port->cfg);
}

void rust_helper_port_set_cfg(struct port *port, struct cfg *cfg)
{
	rcu_assign_pointer(port->cfg, cfg);
}

/* Enters a reader section of its own. */
int rust_helper_port_mtu(struct port *port)
{
	int mtu;

	rcu_read_lock();
	mtu = rcu_dereference(port->cfg)->mtu;
	rcu_read_unlock();
	return mtu;
}

/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* A structure that Rust reaches through its bindings. */
#ifndef _LINUX_PORT_H
#define _LINUX_PORT_H

#include <linux/rcupdate.h>
#include <linux/sched.h>

struct cfg {
	int mtu;
	struct cfg __rcu *next;
};

struct port {
	int id;
	struct cfg __rcu *cfg;
	struct cfg *spare;
	struct cfg __rcu *table[4];
	union {
		struct cfg __rcu *active;
		unsigned long word;
	};
	struct cfg __rcu *type;
	struct task_struct *owner;
};

typedef struct port port_t;

extern struct port first_port;

struct port *port_find(int id);
int port_mtu_locked(struct port *port);
void cfg_get(struct cfg *cfg);

#define port_cfg_rcu(port)	rcu_dereference((port)->cfg)

#endif

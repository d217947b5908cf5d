/* Kconfig does not let it be a module. */
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>

struct port {
	int *stats;
	struct rcu_head rcu;
};

static void port_freed(struct rcu_head *head)
{
	struct port *port = container_of(head, struct port, rcu);

	kfree(port->stats);
	kfree(port);
}

void port_put(struct port *port)
{
	call_rcu(&port->rcu, port_freed);
}


static void __exit ports_exit(void)
{
}
module_exit(ports_exit);

/* The module goes with its function still to be called. */
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


static struct kmem_cache *port_cache;

static void __exit ports_exit(void) // error: RCU407
{
	synchronize_rcu();
	kmem_cache_destroy(port_cache);
}
module_exit(ports_exit);

/* Kconfig lets it be a module; a framework that waits does for it. */
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


struct pernet_operations;
void unregister_pernet_subsys(struct pernet_operations *ops);
void unregister_filesystem(struct pernet_operations *ops);

static struct pernet_operations *port_ops;

static void __exit ports_exit(void)
{
	unregister_pernet_subsys(port_ops);
}
module_exit(ports_exit);

/* Each kind of callback has its own wait; one that signals is waited for by whoever waits for that. */
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/srcu.h>

struct completion;
void complete(struct completion *done);

struct port {
	int *stats;
	struct completion *done;
	struct rcu_head rcu;
};

static struct srcu_struct readers;

static void port_freed(struct rcu_head *head)
{
	struct port *port = container_of(head, struct port, rcu);

	kfree(port->stats);
	kfree(port);
}

static void port_done(struct rcu_head *head)
{
	complete(container_of(head, struct port, rcu)->done);
}

void port_put(struct port *port)
{
	call_srcu(&readers, &port->rcu, port_freed);
}

void port_wait(struct port *port)
{
	call_rcu(&port->rcu, port_done);
}

static void __exit ports_exit(void) // error: RCU407
{
	rcu_barrier();
}
module_exit(ports_exit);

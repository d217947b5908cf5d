/* Only plain RCU has a call that frees; where the edit does not fit, there is advice. */
#include <linux/kernel.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/srcu.h>

struct port {
	int id;
	struct rcu_head rcu;
};

static struct srcu_struct readers;

static void port_freed(struct rcu_head *rcu)
{
	kfree(container_of(rcu, struct port, rcu));
}

void port_put(struct port *port)
{
	call_srcu(&readers, &port->rcu, port_freed);
}

/* Of two kinds, one is not enough. */
static void port_both(struct rcu_head *rcu)
{
	kfree(container_of(rcu, struct port, rcu));
}

void port_end(struct port *port)
{
	call_rcu(&port->rcu, port_both);
	call_srcu(&readers, &port->rcu, port_both);
}

/* Why it is here is told: whoever takes it away has to decide about that. */
static void port_kept(struct rcu_head *rcu)
{
	/* The id was given back before. */
	kfree(container_of(rcu, struct port, rcu));
}

void port_keep(struct port *port)
{
	call_rcu(&port->rcu, port_kept); // warning: RCU408
}

/* It is declared before. */
static void port_named(struct rcu_head *rcu);

void port_name(struct port *port)
{
	call_rcu(&port->rcu, port_named); // warning: RCU408
}

static void port_named(struct rcu_head *rcu)
{
	kfree(container_of(rcu, struct port, rcu));
}

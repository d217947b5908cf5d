/* Functions given to call_rcu() that queue a work and do no more. */
#include <linux/kernel.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

struct port {
	struct rcu_head rcu;
	struct work_struct end;
	struct work_struct both;
	struct work_struct again;
	struct work_struct early;
};

static struct workqueue_struct *port_wq;
void port_work_elsewhere(struct work_struct *work);

static void port_work(struct work_struct *work)
{
	kfree(container_of(work, struct port, end));
}

static void port_gone(struct rcu_head *rcu)
{
	struct port *port = container_of(rcu, struct port, rcu);

	INIT_WORK(&port->end, port_work);
	queue_work(port_wq, &port->end);
}

void port_put(struct port *port)
{
	call_rcu(&port->rcu, port_gone); // warning: RCU405
}

/* The work is prepared elsewhere. */
static void port_ended(struct rcu_head *rcu)
{
	struct port *port = container_of(rcu, struct port, rcu);

	schedule_work(&port->early);
}

void port_end(struct port *port)
{
	INIT_WORK(&port->early, port_work_elsewhere);
	call_rcu(&port->rcu, port_ended); // warning: RCU405
}

/* The function of the work is called as well. */
static void port_both(struct work_struct *work)
{
	kfree(container_of(work, struct port, both));
}

static void port_both_late(struct rcu_head *rcu)
{
	struct port *port = container_of(rcu, struct port, rcu);

	INIT_WORK(&port->both, port_both);
	schedule_work(&port->both);
}

void port_end_both(struct port *port, bool seen)
{
	if (seen)
		call_rcu(&port->rcu, port_both_late);
	else
		port_both(&port->both);
}

/* The work is queued as well where nobody waits. */
static void port_again(struct rcu_head *rcu)
{
	struct port *port = container_of(rcu, struct port, rcu);

	schedule_work(&port->again);
}

void port_repeat(struct port *port, bool seen)
{
	if (seen)
		call_rcu(&port->rcu, port_again);
	else
		schedule_work(&port->again);
}

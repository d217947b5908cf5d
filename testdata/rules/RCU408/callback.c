/* Functions given to call_rcu() that free and do no more. */
#include <linux/kernel.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>

struct port {
	int id;
	struct rcu_head rcu;
};

struct label {
	struct port *port;
	struct {
		struct rcu_head head;
	} late;
};

static void port_freed(struct rcu_head *rcu)
{
	struct port *port = container_of(rcu, struct port, rcu);

	kfree(port);
}

void port_put(struct port *port)
{
	call_rcu(&port->rcu, port_freed); // warning: RCU408
}

/* A member of a member; the callback declares first. */

static void label_freed(struct rcu_head *rcu)
{
	struct label *label;

	label = container_of(rcu, struct label, late.head);
	kvfree(label);
}

void label_put(struct label *label, struct label *other)
{
	call_rcu(&label->late.head, label_freed); // warning: RCU408
	if (other)
		call_rcu(&other->late.head, label_freed);
}

/* It does something else as well. */
static void label_ended(struct rcu_head *rcu)
{
	struct label *label = container_of(rcu, struct label, late.head);

	kfree(label->port);
	kfree(label);
}

void label_end(struct label *label)
{
	call_rcu(&label->late.head, label_ended);
}

/* What it frees is not what holds the head. */
static void label_emptied(struct rcu_head *rcu)
{
	struct label *label = container_of(rcu, struct label, late.head);

	kfree(label->port);
}

void label_empty(struct label *label)
{
	call_rcu(&label->late.head, label_emptied);
}

/* It is chosen among several. */
void port_zero(struct rcu_head *rcu);

static void port_one(struct rcu_head *rcu)
{
	kfree(container_of(rcu, struct port, rcu));
}

void port_choose(struct port *port)
{
	call_rcu(&port->rcu, port->id ? port_one : port_zero);
}

/* It is called as well. */
static void port_two(struct rcu_head *rcu)
{
	kfree(container_of(rcu, struct port, rcu));
}

void port_now(struct port *port, bool late)
{
	if (late)
		call_rcu(&port->rcu, port_two);
	else
		port_two(&port->rcu);
}

/* Others may use it. */
void port_three(struct rcu_head *rcu)
{
	kfree(container_of(rcu, struct port, rcu));
}

void port_late(struct port *port)
{
	call_rcu(&port->rcu, port_three);
}

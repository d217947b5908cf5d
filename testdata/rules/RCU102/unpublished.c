// No reader can see a local object, nor one that was just allocated: notes.
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>

struct shape {
	int rate;
};

struct port {
	struct list_head node;
	struct shape __rcu *shape;
	struct shape __rcu *backup;
};

static struct list_head ports;
static struct port __rcu *main_port;

void inspect(struct port *port);

void local_object(struct shape *shape)
{
	struct port port;

	port.shape = shape; // note: RCU102
	port.backup = NULL; // note: RCU103
	inspect(&port);
}

struct port *allocated(struct shape *shape)
{
	struct port *port = kzalloc(sizeof(*port), GFP_KERNEL);

	if (!port)
		return NULL;
	port->shape = shape; // note: RCU102
	port->backup = NULL; // note: RCU103
	return port;
}

int listed(struct shape *shape)
{
	struct port *port;

	port = kmalloc(sizeof(*port), GFP_KERNEL);
	if (!port)
		return -ENOMEM;
	port->shape = shape; // note: RCU102
	list_add_rcu(&port->node, &ports);
	port->backup = shape; // error: RCU102
	port->shape = NULL; // warning: RCU103
	return 0;
}

int assigned(struct shape *shape)
{
	struct port *port;

	port = kzalloc(sizeof(*port), GFP_KERNEL);
	if (!port)
		return -ENOMEM;
	port->backup = shape; // note: RCU102
	rcu_assign_pointer(main_port, port);
	port->shape = shape; // error: RCU102
	return 0;
}

void given(struct port *port, struct shape *shape)
{
	port->shape = shape; // error: RCU102
}

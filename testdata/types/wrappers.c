// Wrappers are understood from their definitions: in headers, in this file, with the pointer anywhere.
#include <linux/kernel.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/rtnetlink.h>

struct shape {
	int rate;
};

struct port {
	struct mutex lock;
	struct shape __rcu *shape;
	struct shape __rcu *table[4];
};

#define port_deref(port, p)						\
	rcu_dereference_protected(p, lockdep_is_held(&(port)->lock))
#define port_deref_or_reader(port, p)					\
	rcu_dereference_check((p), lockdep_is_held(&(port)->lock) ||	\
			      lockdep_rtnl_is_held())
#define port_peek(slot)		rcu_access_pointer(*(slot))
#define port_publish(p, v)	rcu_assign_pointer(p, v)
#define port_clear(p)		port_publish(p, NULL)
#define port_slot(port, i)	((port)->table[i])
#define port_deref_at(port, i)	port_deref(port, port_slot(port, i))

static inline struct shape *port_shape(const struct port *port)
{
	return rcu_dereference(port->shape);
}

int loads(struct port *port, int i)
{
	int n = port_deref(port, port->shape)->rate;

	n += port_deref_or_reader(port, port->table[i])->rate;
	n += port_deref_at(port, i)->rate;
	n += port_shape(port)->rate;
	if (!port_peek(&port->shape))
		n++;
	n += port_slot(port, i)->rate; // error: RCU101
	return n;
}

void stores(struct port *port, struct shape *shape)
{
	port_publish(port->shape, shape);
	port_publish(port_slot(port, 1), shape);
	port_clear(port->shape);
	port_slot(port, 2) = shape; // error: RCU102
}

/* The condition is evaluated as any other expression. */
int conditions(struct port *port)
{
	return rcu_dereference_protected(port->shape, !port->table[0])->rate; // warning: RCU104
}

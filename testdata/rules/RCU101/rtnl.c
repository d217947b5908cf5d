// Under RTNL the subsystem's own wrapper is proposed, which this file uses already.
#include <linux/kernel.h>
#include <linux/rtnetlink.h>

struct shape {
	int rate;
};

struct port {
	struct shape __rcu *shape;
};

int with_wrapper(struct port *port)
{
	struct shape *shape = rtnl_dereference(port->shape);

	return shape ? shape->rate : 0;
}

int locked(struct port *port)
{
	struct shape *shape;
	int rate;

	rtnl_lock();
	shape = port->shape; // error: RCU101
	// fix: shape = rtnl_dereference(port->shape);
	rate = shape->rate;
	rtnl_unlock();
	return rate;
}

int asserted(struct port *port)
{
	struct shape *shape;

	ASSERT_RTNL();
	shape = port->shape; // error: RCU101
	// fix: shape = rtnl_dereference(port->shape);
	return shape->rate;
}

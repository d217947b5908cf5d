// Who holds RTNL says so where the code around does, even if nothing is followed.
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

int asserted(struct port *port)
{
	ASSERT_RTNL();
	return !port->shape; // warning: RCU104
	// fix: return !rtnl_dereference(port->shape);
}

int unknown(struct port *port)
{
	return !port->shape; // warning: RCU104
	// fix: return !rcu_access_pointer(port->shape);
}

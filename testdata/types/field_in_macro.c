// known-to-fail: plain accesses inside the bodies of macros are not looked at yet
// A macro whose body reads the member: the place that uses the macro is told.
#include <linux/kernel.h>
#include <linux/rcupdate.h>

struct shape {
	int rate;
	int (*run)(int arg);
};

struct port {
	struct shape __rcu *shape;
	int id;
};

#define port_rate(port)		((port)->shape->rate)
#define port_shape(port)	rcu_dereference((port)->shape)
#define port_has_shape(port)	(rcu_access_pointer((port)->shape) != NULL)

int uses(struct port *port)
{
	int n = port_rate(port); // error: RCU101

	n += port_shape(port)->rate;
	return n + port_has_shape(port);
}

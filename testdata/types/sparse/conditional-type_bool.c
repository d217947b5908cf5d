// sparse validation/conditional-type.c: a pointer that becomes a truth value.
#include <linux/kernel.h>
#include <linux/rcupdate.h>

struct shape {
	int rate;
};

struct port {
	struct shape __rcu *shape;
	bool ready;
};

void take_truth(bool set);

bool as_bool(struct port *port)
{
	bool set = port->shape; // warning: RCU104

	port->ready = port->shape; // warning: RCU104
	take_truth(port->shape); // warning: RCU104
	return set || port->ready;
}

bool as_result(struct port *port)
{
	return port->shape; // warning: RCU104
}

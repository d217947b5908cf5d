// sparse validation/inline_base0.c, call-inlined.c, inline_compound_literals.c: inline functions.
#include <linux/kernel.h>
#include <linux/rcupdate.h>

struct shape {
	int rate;
};

struct port {
	struct shape __rcu *shape;
};

static inline struct shape __rcu *annotated(struct port *port)
{
	return port->shape; // warning: RCU101
}

static inline struct shape *given_back(struct shape *shape)
{
	return shape;
}

static inline int rate_of(const struct port *port)
{
	return rcu_dereference(port->shape)->rate;
}

int calls(struct port *port, struct shape *shape)
{
	int n = annotated(port)->rate; // error: RCU105

	n += given_back(annotated(port))->rate; // warning: RCU105
	n += given_back(port->shape)->rate; // error: RCU101
	n += rate_of(&(struct port){ .shape = shape }); // note: RCU102
	n += rate_of(&(struct port){ .shape = annotated(port) });
	return n + rate_of(&(struct port){ });
}

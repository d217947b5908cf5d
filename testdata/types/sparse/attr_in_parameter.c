// sparse validation/attr_in_parameter.c: __rcu behind a parenthesis, and at the head.
#include <linux/kernel.h>
#include <linux/rcupdate.h>

struct shape {
	int rate;
};

struct port {
	struct shape (__rcu *bracketed);
	struct shape __rcu (*outside);
	__rcu struct shape *leading;
	const __rcu struct shape *constant;
};

static struct shape __rcu *straight;
static __rcu struct shape *leading;
static void (*hook)(struct shape (__rcu *left), struct shape __rcu *right) = NULL;

/* Differs on purpose: the types agree, as sparse says, but what is shared is written plainly. */
void shared(struct port *port)
{
	leading = straight; // error: RCU102
	port->bracketed = straight; // error: RCU102
	port->outside = port->leading; // error: RCU102
	rcu_assign_pointer(leading, rcu_dereference(straight));
}

int members(struct port *port)
{
	return port->bracketed->rate + // error: RCU101
	       port->outside->rate + // error: RCU101
	       port->leading->rate + // error: RCU101
	       port->constant->rate; // error: RCU101
}

int values(struct shape __rcu *shape, struct shape *plain, struct shape (__rcu *same))
{
	struct shape (__rcu *copy) = shape;
	__rcu struct shape *local = copy;

	hook(shape, same);
	hook(plain, shape); // warning: RCU105
	copy = same;
	plain = copy; // warning: RCU105
	plain = local; // warning: RCU105
	return same->rate; // error: RCU105
}

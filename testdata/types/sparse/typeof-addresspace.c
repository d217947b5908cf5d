// sparse validation/typeof-addresspace.c: what typeof() keeps of a pointer, a slot and what they point to.
#include <linux/kernel.h>
#include <linux/rcupdate.h>

struct shape {
	int rate;
};

struct port {
	struct shape __rcu *shape;
	struct shape *plain;
};

void take_plain(struct shape *shape);
void take_rcu(struct shape __rcu *shape);

int of_values(struct shape __rcu *shape)
{
	typeof(shape) same = shape;
	typeof(&shape) slot = &same;

	same = shape;
	shape = *slot; // warning: RCU101
	take_rcu(same);
	take_plain(same); // warning: RCU105
	return same->rate; // error: RCU105
}

int of_members(struct port *port, struct shape *plain)
{
	typeof(port->shape) copy = port->shape; // warning: RCU101
	typeof(port->plain) other = port->plain;
	typeof(&port->shape) slot = &port->shape;
	struct shape **bare = slot; // warning: RCU105

	copy = plain; // warning: RCU105
	slot = &port->plain; // warning: RCU105
	take_plain(other);
	take_plain(copy); // warning: RCU105
	*slot = plain; // error: RCU102
	(void)bare;
	return other->rate;
}

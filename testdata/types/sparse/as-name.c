// sparse validation/as-name.c: the address space is known by its name, and another name is another space.
#include <linux/kernel.h>
#include <linux/rcupdate.h>

struct shape {
	int rate;
};

struct port {
	struct shape __rcu *shape;
	struct shape __user *user;
	struct shape __percpu *percpu;
};

void take(void *data);
void take_user(void __user *data);

void named(struct shape __rcu *shape, struct shape __user *user, struct port *port)
{
	take(shape); // warning: RCU105
	take(port->shape); // error: RCU101
	/* Other spaces against plain types are no matter of RCU. */
	take(user);
	take(port->user);
	take(port->percpu);
	take_user(user);
	take_user(port->user);
}

/* One space where another is expected: one of them is __rcu, and the types differ in it. */
void crossed(struct shape __rcu *shape)
{
	take_user(shape); // warning: RCU105
}

// sparse validation/cond_expr2.c: the type of ?: from the types of its arms, with void * among them.
#include <linux/kernel.h>
#include <linux/rcupdate.h>

struct shape {
	int rate;
};

struct port {
	struct shape __rcu *shape;
};

void take_rcu(struct shape __rcu *shape);
void take_plain(struct shape *shape);
void take_opaque(void __rcu *opaque);

void values(int which, struct shape __rcu *left, const struct shape __rcu *right, void *opaque,
	    void __rcu *annotated, struct shape *plain)
{
	take_rcu(which ? left : left);
	take_rcu(which ? left : NULL);
	take_rcu(which ? NULL : left);
	take_rcu(which ? left : 0);
	take_rcu(left ?: left);
	take_opaque(which ? annotated : left);
	right = which ? left : right;
	take_plain(which ? left : left); // warning: RCU105, warning: RCU105
	take_plain(which ? NULL : left); // warning: RCU105
	take_plain(left ?: NULL); // warning: RCU105
	(void)(which ? left : plain); // warning: RCU105
	(void)(which ? plain : left); // warning: RCU105
	(void)(which ? left : opaque); // warning: RCU105
	(void)(which ? opaque : annotated); // warning: RCU105
}

void shared(int which, struct port *port, struct shape *plain)
{
	plain = which ? port->shape : plain; // error: RCU101
	plain = which ? rcu_dereference(port->shape) : plain;
	take_plain(plain);
}

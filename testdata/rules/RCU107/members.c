// Accessors on what is not annotated: once, at the declaration.
#include <linux/kernel.h>
#include <linux/rcupdate.h>
#include <linux/rtnetlink.h>
#include <linux/srcu.h>

struct shape {
	int rate;
	int (*run)(int arg);
};

struct port {
	struct shape *shape; // warning: RCU107
	// fix: struct shape __rcu *shape;
	struct shape *table[4]; // warning: RCU107
	// fix: struct shape __rcu *table[4];
	struct shape **slots; // warning: RCU107
	// fix: struct shape __rcu **slots;
	struct shape **list; // warning: RCU107
	// fix: struct shape * __rcu *list;
	int (*handler)(int arg); // warning: RCU107
	// fix: int (__rcu *handler)(int arg);
	struct shape *first, *second; // warning: RCU107
	void *opaque; // warning: RCU107
	struct shape *raw;
	struct shape *stored; // warning: RCU107
	struct shape *through_wrapper; // warning: RCU107
	struct shape *sleepable; // warning: RCU107
	struct shape __rcu *fine;
	struct {
		struct shape *inner; // warning: RCU107
	} anonymous;
};

int loads(struct port *port, struct srcu_struct *domain, int i)
{
	int n = rcu_dereference(port->shape)->rate;

	n += rcu_dereference_protected(port->shape, 1)->rate;
	n += rcu_access_pointer(port->shape) != NULL;
	n += rcu_dereference(port->table[i])->rate;
	n += rcu_dereference(port->slots[i])->rate;
	n += rcu_dereference(port->list)[i]->rate;
	n += rcu_dereference(port->handler)(n);
	n += rcu_dereference(port->second)->rate;
	n += rcu_dereference(port->opaque) != NULL;
	n += rtnl_dereference(port->through_wrapper)->rate;
	n += srcu_dereference(port->sleepable, domain)->rate;
	n += rcu_dereference(port->anonymous.inner)->rate;
	n += rcu_dereference(port->fine)->rate;
	/* Asks for no annotation, as in the kernel. */
	n += rcu_dereference_raw(port->raw)->rate;
	return n;
}

void stores(struct port *port, struct shape *shape)
{
	rcu_assign_pointer(port->stored, shape);
	RCU_INIT_POINTER(port->stored, NULL);
	rcu_assign_pointer(port->fine, shape);
}

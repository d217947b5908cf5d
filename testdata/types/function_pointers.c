// Annotated pointers to functions.
#include <linux/kernel.h>
#include <linux/rcupdate.h>

struct shape {
	int rate;
	int (*run)(int arg);
};

typedef int hook_fn(struct shape *shape);

struct port {
	int (__rcu *handler)(struct shape *shape);
	hook_fn __rcu *hook;
	int (*plain)(struct shape *shape);
};

static hook_fn __rcu *global_hook;

int calls(struct port *port, struct shape *shape)
{
	hook_fn *hook;
	int n = port->handler(shape); // error: RCU101

	n += port->hook(shape); // error: RCU101
	n += (*port->hook)(shape); // error: RCU101
	n += port->plain(shape);
	n += global_hook(shape); // error: RCU101
	hook = rcu_dereference(port->hook);
	n += hook(shape);
	n += rcu_dereference(port->handler)(shape);
	if (port->handler) // warning: RCU104
		n++;
	return n;
}

void installs(struct port *port, hook_fn *hook)
{
	port->handler = hook; // error: RCU102
	port->hook = NULL; // warning: RCU103
	rcu_assign_pointer(port->hook, hook);
	port->plain = hook;
}

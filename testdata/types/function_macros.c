// Macros that define functions under pasted names, and decoration of all kinds.
#include <linux/filter.h>
#include <linux/kernel.h>
#include <linux/rcupdate.h>
#include <linux/syscalls.h>

struct shape {
	int rate;
};

struct port {
	struct shape __rcu *shape;
	int id;
};

struct port *find_port(int id);

#define PORT_SCOPE	static
#define __port_entry	__attribute__((__noinline__))
#define EXPORT_PORT(name) extern typeof(name) name
#define DEFINE_PORT_READER(name, scale)					\
	int port_##name##_rate(struct port *port)			\
	{								\
		return rcu_dereference(port->shape)->rate * (scale);	\
	}

DEFINE_PORT_READER(plain, 1)
DEFINE_PORT_READER(double, 2)

SYSCALL_DEFINE2(port_rate, int, id, int, flags)
{
	struct port *port = find_port(id);

	if (flags)
		return -EINVAL;
	return port->shape->rate; // error: RCU101
}

SYSCALL_DEFINE1(port_set, int, id)
{
	return !find_port(id)->shape; // warning: RCU104
}

BPF_CALL_2(bpf_port_rate, struct port *, port, u64, flags)
{
	return flags ? 0 : port->shape->rate; // error: RCU101
}

PORT_SCOPE __port_entry int decorated(struct port *port)
{
	return port->shape->rate; // error: RCU101
}

static __init noinline __maybe_unused int kernel_decorated(struct port *port)
	__must_hold(&port->id);
static __init noinline __maybe_unused int kernel_decorated(struct port *port)
{
	return port->shape->rate + decorated(port); // error: RCU101
}
EXPORT_PORT(port_plain_rate);

int after_the_macros(struct port *port)
{
	return port->shape->rate; // error: RCU101
}

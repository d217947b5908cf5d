// Attributes wherever they may stand, those of C23 among them.

#include <linux/rcupdate.h>

struct cfg {
	int mtu;
};

struct __attribute__((packed)) port {
	int mode __attribute__((aligned(8)));
	struct cfg __rcu *cfg __attribute__((aligned(8)));
	struct cfg __attribute__((unused)) __rcu *other;
} __attribute__((aligned(16)));

static int __attribute__((__noinline__, unused)) in_front(struct port *port)
{
	return port->cfg->mtu; // error: RCU101
}

__attribute__((unused)) static int at_first(struct port *port)
{
	return port->other->mtu; // error: RCU101
}

static int behind(struct port *port) __attribute__((unused));
static int behind(struct port *port)
{
	return port->cfg->mtu; // error: RCU101
}

static int parameters(struct port *port __attribute__((unused)), int __attribute__((unused)) n)
{
	return port->cfg->mtu; // error: RCU101
}

[[gnu::unused]] static int brackets(struct port *port)
{
	[[maybe_unused]] int value = 0;

	switch (port->mode) {
	case 1:
		value = 1;
		__attribute__((fallthrough));
	case 2:
		return port->cfg->mtu; // error: RCU101
	default:
		return value;
	}
}

static int on_labels(struct port *port)
{
	if (port->mode)
		goto out;
	return port->cfg->mtu; // error: RCU101
out: __attribute__((unused))
	return in_front(port) + at_first(port) + behind(port) + parameters(port, 1) + brackets(port) +
	       on_labels(port);
}

static int (__attribute__((unused)) *pointer)(struct port *) = on_labels;

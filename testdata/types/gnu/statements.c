// GNU extensions in statements: nested functions, labels as values, ranges of cases, statement
// expressions, local labels, __auto_type, omitted operands.

#include <linux/rcupdate.h>

struct cfg {
	int mtu;
};

struct port {
	struct cfg __rcu *cfg;
	struct cfg __rcu *slots[4];
	int mode;
};

int with_nested_function(struct port *port)
{
	int twice(int value)
	{
		return value * 2;
	}

	return twice(port->cfg->mtu); // error: RCU101
}

int with_computed_goto(struct port *port)
{
	static void *const ways[] = { &&first, &&second };

	goto *ways[port->mode & 1];
first:
	return port->cfg->mtu; // error: RCU101
second:
	return 0;
}

int with_ranges(struct port *port)
{
	switch (port->mode) {
	case 0 ... 9:
		return port->cfg->mtu; // error: RCU101
	case -20 ... -10:
	default:
		return 0;
	}
}

int with_local_label(struct port *port)
{
	int mtu = ({
		__label__ out;
		int found = 0;

		if (!port->mode)
			goto out;
		found = port->cfg->mtu; // error: RCU101
out:
		found;
	});

	return mtu;
}

int with_omitted_operand(struct port *port)
{
	__auto_type mode = port->mode ?: 1;

	return mode + port->cfg->mtu; // error: RCU101
}

int with_vla(struct port *port, int n, int values[static n])
{
	int copy[n];

	copy[0] = values[0];
	return copy[0] + port->slots[1]->mtu; // error: RCU101
}

int with_case_declaration(struct port *port)
{
	for (struct cfg *cfg = (struct cfg *)0; !cfg;) {
		cfg = port->cfg; // error: RCU101
		return cfg->mtu;
	}
	return 0;
}

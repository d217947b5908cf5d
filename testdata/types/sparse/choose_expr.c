// sparse validation/choose_expr.c, generic-functions.c: one arm of several is compiled, and has its own type.
#include <linux/kernel.h>
#include <linux/rcupdate.h>

struct shape {
	int rate;
};

struct port {
	struct shape __rcu *shape;
	struct shape __rcu *table[4];
	struct shape *plain;
	int id;
};

int chosen(struct port *port)
{
	int n = __builtin_choose_expr(1, port->plain, port->id)->rate;

	n += __builtin_choose_expr(0, port->plain, port->id);
	n += sizeof(__builtin_choose_expr(1, port->table, 0));
	n += _Generic(port->id, int: port->id, default: 0);
	/* What selects is not evaluated. */
	n += _Generic(port->shape, default: 3);
	n += __builtin_constant_p(port->shape);
	return n;
}

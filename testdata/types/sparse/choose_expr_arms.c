// sparse validation/choose_expr.c: the arm that is compiled reads what is shared.
#include <linux/kernel.h>
#include <linux/rcupdate.h>

struct shape {
	int rate;
};

struct port {
	struct shape __rcu *shape;
	int id;
};

int chosen(struct port *port)
{
	struct shape *shape = __builtin_choose_expr(1, port->shape, NULL); // error: RCU101

	return __builtin_choose_expr(1, port->shape, NULL)->rate + // error: RCU101
	       shape->rate;
}

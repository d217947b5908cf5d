// Macros that take an lvalue apart, and macros that only pass it on.
#include <linux/kernel.h>
#include <linux/rcupdate.h>

struct shape {
	int rate;
	int (*run)(int arg);
};

struct port {
	struct shape __rcu *shape;
	int id;
};

#define show_rate(shape)	pr_info("rate %d\n", (shape)->rate)
#define is_set(x)		((x) != NULL)
#define name_of(x)		#x
#define address_of(x)		(&(x))
#define size_of(x)		sizeof(*(x))
#define first_of(a, b)		(a)
#define reset(x)		do { (x) = NULL; } while (0)
#define install(slot, value)						\
do {									\
	(slot) = (value);						\
} while (0)

int uses(struct port *port, struct shape *shape)
{
	show_rate(port->shape); // error: RCU101
	if (is_set(port->shape)) // warning: RCU104
		return 1;
	pr_info("%s\n", name_of(port->shape));
	shape = rcu_dereference(*address_of(port->shape));
	reset(port->shape); // warning: RCU103
	install(port->shape, shape); // error: RCU102
	shape = first_of(shape, port->shape);
	return size_of(port->shape) + shape->rate;
}

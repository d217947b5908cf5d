// sparse validation/transparent-union.c: an argument may be any of a transparent union's members.
#include <linux/kernel.h>
#include <linux/rcupdate.h>

struct shape {
	int rate;
};

struct gate {
	int rate;
};

typedef union {
	struct shape __rcu *shape;
	struct gate *gate;
} either_t __attribute__((__transparent_union__));

struct port {
	struct shape __rcu *shape;
};

void take(either_t either);

void given(struct shape __rcu *shape, struct gate *gate, struct port *port, either_t either)
{
	take(shape);
	take(gate);
	take(either);
	take((struct gate *)gate);
	take(port->shape); // error: RCU101
}

// sparse validation/noderef.c: the level that is annotated, and what follows a pointer.
#include <linux/kernel.h>
#include <linux/rcupdate.h>

struct shape {
	int rate;
	int burst;
	int steps[2];
};

void levels(struct shape __rcu *shape)
{
	struct shape __rcu **inner;
	struct shape * __rcu *outer;

	inner = &shape;
	outer = &shape; // warning: RCU105
	(void)inner;
	(void)outer;
}

int followed(struct shape __rcu *shape, int __rcu *rates)
{
	int __rcu *rate = rates;
	int n = *rates; // error: RCU105

	rate = rates + 1;
	n += rates[1]; // error: RCU105
	n += *rate; // error: RCU105
	n += shape->rate; // error: RCU105
	n += (*shape).burst; // error: RCU105
	n += shape->steps[1]; // error: RCU105
	n += *shape->steps; // error: RCU105
	n += *&shape->rate; // error: RCU105
	shape->rate = n; // error: RCU105
	shape->burst++; // error: RCU105
	*rates = n; // error: RCU105
	return n + sizeof(shape->rate) + sizeof(*rates);
}

struct port {
	struct shape __rcu *shape;
	int __rcu *rates;
};

/* Differs on purpose: an address behind a shared pointer takes that pointer's value to be made. */
void shared(struct port *port)
{
	int __rcu **slot = &port->rates;
	int *rate = &port->shape->rate; // error: RCU101

	rate = port->rates + 1; // error: RCU101
	(void)rate;
	(void)slot;
}

// sparse validation/noderef.c: addresses of what is behind a pointer follow nothing.
#include <linux/kernel.h>
#include <linux/rcupdate.h>

struct shape {
	int rate;
	int burst;
	int steps[2];
};

int __rcu *addresses(struct shape __rcu *shape, int __rcu *rates)
{
	int __rcu *rate;

	rate = &*rates;
	rate = &*(rates + 1);
	rate = &rates[1];

	rate = &shape->rate;
	rate = &shape->burst;
	rate = &(*shape).rate;
	rate = &(*shape).burst;

	rate = shape->steps;
	rate = shape->steps + 1;
	rate = &shape->steps[0];
	(void)rate;
	return &shape->rate;
}

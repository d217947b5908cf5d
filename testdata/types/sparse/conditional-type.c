// sparse validation/conditional-type.c: every place that takes a condition.
#include <linux/kernel.h>
#include <linux/rcupdate.h>

struct shape {
	int rate;
	int flag:2;
};

struct port {
	struct shape __rcu *shape;
};

extern struct shape __rcu *shared;

int conditions(struct port *port, struct shape __rcu *given)
{
	int n = shared ? 1 : 0; // warning: RCU104

	if (port->shape) // warning: RCU104
		n++;
	while (port->shape) // warning: RCU104
		n++;
	for (; port->shape; n++) // warning: RCU104
		;
	do
		n++;
	while (port->shape); // warning: RCU104
	n += port->shape && n; // warning: RCU104
	n += n || shared; // warning: RCU104
	n += !!shared; // warning: RCU104
	switch (shared != NULL) { // warning: RCU104
	case true:
		n++;
	}
	if (given)
		n++;
	while (!given)
		n++;
	if (given->flag) // error: RCU105
		n++;
	return given ? n : 0;
}

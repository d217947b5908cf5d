// Loops whose macro has no for_each in its name.
#include <linux/kernel.h>
#include <linux/rcupdate.h>

struct shape {
	int rate;
	int (*run)(int arg);
};

struct port {
	struct shape __rcu *shape;
	struct port *next;
	int id;
};

struct group {
	struct port ports[4];
	struct port *first;
};

#define walk_ports(group, port, i)					\
	for ((i) = 0; (i) < 4 && ((port) = &(group)->ports[i]); (i)++)
#define chain_walk_safe(first, port, tmp)				\
	for ((port) = (first), (tmp) = (port) ? (port)->next : NULL;	\
	     (port);							\
	     (port) = (tmp), (tmp) = (port) ? (port)->next : NULL)
#define do_each_chained(first, port)					\
	do {								\
		(port) = (first);					\
		while (port) {
#define while_each_chained(port)					\
			(port) = (port)->next;				\
		}							\
	} while (0)
#define with_every(group, cursor)					\
	for (struct port *cursor = (group)->first; cursor; cursor = cursor->next)

int walks(struct group *group)
{
	struct port *port, *tmp;
	int i, n = 0;

	walk_ports(group, port, i) {
		n += port->shape->rate; // error: RCU101
	}
	walk_ports(group, port, i)
		n += port->shape->rate; // error: RCU101
	chain_walk_safe(group->first, port, tmp) {
		if (!port->shape) // warning: RCU104
			continue;
		port->shape = NULL; // warning: RCU103
	}
	do_each_chained(group->first, port) {
		n += port->shape->rate; // error: RCU101
	} while_each_chained(port);
	return n + port->id;
}

int declares_its_cursor(struct group *group)
{
	int n = 0;

	with_every(group, each)
		n += each->shape->rate; // error: RCU101
	return n;
}

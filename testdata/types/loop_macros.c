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

extern void cursor_start(int *at, struct shape *shape);
extern int cursor_next(int *at);
#define for_each_rate(rate, shape, at)					\
	for (cursor_start(&(at), (shape)); ((rate) = cursor_next(&(at))); )
#define for_each_rate_rcu(rate, shape, at)				\
	for (cursor_start(&(at), rcu_dereference(shape)); ((rate) = cursor_next(&(at))); )
#define while_set(shape)						\
	while ((shape) != NULL)

int hands_its_argument_on(struct port *port)
{
	int rate, at, n = 0;

	for_each_rate(rate, port->shape, at) // error: RCU101
		n += rate;
	for_each_rate_rcu(rate, port->shape, at) {
		n += rate;
	}
	while_set(port->shape) // warning: RCU104
		n++;
	return n;
}

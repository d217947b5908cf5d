// C that a grammar reads wrongly or not at all.
#include <linux/cleanup.h>
#include <linux/kernel.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/spinlock.h>

struct shape {
	int rate;
};

struct port {
	struct mutex setup;
	spinlock_t lock;
	struct shape __rcu *shape;
	unsigned int limit;
};

struct link {
	struct link __rcu *next;
	int key;
};

#define ASSERT_CMP(a, op, b)						\
do {									\
	if (!((a) op (b)))						\
		report_bug();						\
} while (0)

int case_ranges(struct port *port, int kind)
{
	switch (kind) {
	case 1 ... 3:
		return port->shape->rate; // error: RCU101
	case 'a' ... 'f':
		return !port->shape; // warning: RCU104
	default:
		return 0;
	}
}

int declares_by_typeof(struct port *x)
{
	typeof(*x) *p = x;

	return p->shape->rate; // error: RCU101
}

u64 casts_an_address(struct port *port)
{
	return (u64)&port->shape + (size_t)&port->limit;
}

int guarded(struct port *port)
{
	guard(mutex)(&port->setup);
	return port->shape->rate; // error: RCU101
}

int scoped(struct port *port)
{
	int n = 0;

	scoped_guard(spinlock, &port->lock) {
		n = port->shape->rate; // error: RCU101
	}
	scoped_guard(mutex, &port->setup)
		port->shape = NULL; // warning: RCU103
	scoped_cond_guard(mutex_intr, return -ERESTARTSYS, &port->setup) {
		n += port->shape->rate; // error: RCU101
	}
	return n;
}

int with_class(struct port *port)
{
	CLASS(mutex, held)(&port->setup);

	if (!held)
		return -EINVAL;
	return port->shape->rate; // error: RCU101
}

int types_in_arguments(struct port *port)
{
	unsigned int n = min_t(unsigned int, port->limit, 4);

	n += min_t(unsigned long, port->shape->rate, 9); // error: RCU101
	return n;
}

void operators_in_arguments(struct port *port, struct shape *shape)
{
	ASSERT_CMP(port->shape, ==, shape); // warning: RCU104
	ASSERT_CMP(port->limit, <=, 4);
	ASSERT_CMP(rcu_access_pointer(port->shape), !=, NULL);
}

int after_a_comma(struct link __rcu **slot)
{
	struct link *link, __rcu **pp = slot;
	int n = 0;

	link = *pp; // error: RCU101
	n += link->key + (*pp)->key; // error: RCU101
	return n;
}

int labels_and_attributes(struct port *port)
{
	__attribute__((__unused__)) int n = 0;

	switch (port->limit) {
	case 1:
		n = port->shape->rate; // error: RCU101
		__attribute__((__fallthrough__));
	case 2: {
		struct shape *shape __attribute__((__unused__)) = port->shape; // error: RCU101
		break;
	}
	}
	asm volatile("" : : "r" (&port->shape) : "memory");
	return n;
}

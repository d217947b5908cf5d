// sparse validation/type-attribute-as.c: the annotation at the end of a structure's definition.
#include <linux/kernel.h>
#include <linux/rcupdate.h>

/* With a declarator behind it the annotation is what it would be behind the bare tag. */
static struct shape {
	int rate;
} __rcu *shared;

struct port {
	struct gate {
		int rate;
	} __rcu *gate, *plain;
	union {
		int number;
		char byte;
	} __rcu *either;
};

typedef struct {
	int rate;
} __rcu *unnamed_ref;

struct holder {
	unnamed_ref ref;
};

int read(struct port *port, struct holder *holder)
{
	int n = shared->rate; // error: RCU101

	n += port->gate->rate; // error: RCU101
	n += port->plain->rate; // error: RCU101
	n += port->either->number; // error: RCU101
	n += holder->ref->rate; // error: RCU101
	n += rcu_dereference(shared)->rate;
	n += rcu_dereference(port->gate)->rate;
	return n;
}

// Comments, strings and directives in the way.
#include <linux/kernel.h>
#include <linux/rcupdate.h>

struct shape {
	int rate;
	int (*run)(int arg);
};

struct port {
	struct shape /* of this port */ __rcu *shape; /* struct shape __rcu *ghost; */
	// struct shape __rcu *other;
	struct shape *other;
	int id;
};

int reads(struct port *port, const char **text)
{
	int n = port /* the */ -> /* shape */ shape->rate; // error: RCU101

	*text = "port->shape->rate; // not code";
	*text = "a \" quote { and ' an apostrophe" "/*";
	n += port->other->rate; /* port->shape->rate */
	n += '"' + '\'' + '{';
	n += /* error: RCU101 */ port-> \
		shape->rate;
	return n;
}

#define TEXT "unbalanced { in a macro"
#pragma GCC diagnostic push

int after(struct port *port)
{
	return port->shape->rate; // error: RCU101
}

// known-to-fail: a variable that gets __rcu through typeof() of an expression is not known to have it
// sparse validation/member_of_typeof.c: file scope variables declared with typeof() of a member.
#include <linux/kernel.h>
#include <linux/rcupdate.h>

struct shape {
	int rate;
};

static struct port {
	struct shape __rcu *shape;
	struct shape __rcu *table[2];
} port;

static typeof(port.shape) single;
static typeof(port.table) row;

struct gate {
	typeof(port.shape) shape;
};

int variables(struct gate *gate, typeof(port.shape) given)
{
	int n = single->rate; // error: RCU101

	n += row[1]->rate; // error: RCU101
	n += gate->shape->rate; // error: RCU101
	return n + given->rate; // error: RCU105
}

// known-to-fail: (__rcu *name) of a variable at file scope, and (__rcu *) in a cast, are overlooked
// sparse validation/attr_in_parameter.c: the annotation behind a parenthesis.
#include <linux/kernel.h>
#include <linux/rcupdate.h>

struct shape {
	int rate;
};

static struct shape (__rcu *bracketed);
static struct shape __rcu *straight;

void take(struct shape (__rcu *));

int shared(struct shape *plain)
{
	bracketed = plain; // error: RCU102
	bracketed = straight; // error: RCU102
	take((struct shape (__rcu *))plain); // note: RCU106
	return bracketed->rate; // error: RCU101
}

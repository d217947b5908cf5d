// sparse validation/ptr-sub-blows.c: the difference of an annotated pointer and a plain one.
#include <linux/kernel.h>
#include <linux/rcupdate.h>

struct shape {
	int rate;
};

long difference(struct shape __rcu *left, struct shape *plain)
{
	return left - plain; // warning: RCU105
}

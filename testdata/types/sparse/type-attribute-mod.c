// known-to-fail: a structure that is annotated as a type is not; no kernel does that
// sparse validation/type-attribute-mod.c: a member of a structure that is annotated as a type.
#include <linux/kernel.h>
#include <linux/rcupdate.h>

struct shape {
	int rate;
} __rcu;

void written(void)
{
	struct shape shape;

	shape.rate = 0; // error: RCU105
}

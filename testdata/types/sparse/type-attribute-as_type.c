// known-to-fail: a structure that is annotated as a type is not; no kernel does that
// sparse validation/type-attribute-as.c: a structure that is annotated as a type, wherever it is used.
#include <linux/kernel.h>
#include <linux/rcupdate.h>

struct shape {
	int rate;
} __rcu;

void use_plain(void *data);
void use_rcu(void __rcu *data);

void used(void)
{
	struct shape shape;
	int number;

	use_plain(&shape); // warning: RCU105
	use_plain(&number);
	use_rcu(&shape);
	use_rcu(&number); // warning: RCU105
}

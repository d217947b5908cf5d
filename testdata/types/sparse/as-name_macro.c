// known-to-fail: a macro of one's own that stands for __rcu is not taken for it
// sparse validation/as-name.c: the address space under another name.
#include <linux/kernel.h>
#include <linux/rcupdate.h>

struct shape {
	int rate;
};

#define __published __rcu

struct gate {
	struct shape __published *shape;
};

void take(void *data);

void return_call(struct gate *gate, struct shape __published *shape)
{
	take(gate->shape); // error: RCU101
	return take(shape); // warning: RCU105
}

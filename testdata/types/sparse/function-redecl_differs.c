// sparse validation/function-redecl.c: declarations of one function that differ in the annotation.
#include <linux/kernel.h>
#include <linux/rcupdate.h>

struct shape {
	int rate;
};

struct shape *returns(int id);
struct shape __rcu *returns(int id) { return NULL; } // warning: RCU105

void takes(struct shape *shape);
void takes(struct shape __rcu *shape) { } // warning: RCU105

void takes_slot(struct shape **slot);
void takes_slot(struct shape __rcu **slot) { } // warning: RCU105

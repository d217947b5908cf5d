// sparse validation/function-redecl.c: declarations of a function that agree.
#include <linux/kernel.h>
#include <linux/rcupdate.h>

struct shape {
	int rate;
};

struct shape __rcu *returns(int id);
struct shape __rcu *returns(int id) { return NULL; }

void takes(struct shape __rcu *shape);
void takes(struct shape __rcu *other) { }

void takes_slot(struct shape __rcu **);
void takes_slot(struct shape __rcu *slots[]) { }

int calls(struct shape *plain, struct shape **slot)
{
	takes(plain); // warning: RCU105
	takes_slot(slot); // warning: RCU105
	return returns(1)->rate; // error: RCU105
}

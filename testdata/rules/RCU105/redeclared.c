// A function's definition against its other declarations.
#include <linux/kernel.h>
#include <linux/rcupdate.h>

struct shape {
	int rate;
};

void drops(struct shape __rcu **slot);
void drops(struct shape **slot) // warning: RCU105
{
}

void adds(struct shape *shape);
void adds(struct shape __rcu *shape) // warning: RCU105
{
}

struct shape __rcu *gives(int id);
struct shape *gives(int id) // warning: RCU105
{
	return NULL;
}

void agrees(struct shape __rcu **slot, struct shape *shape);
void agrees(struct shape __rcu **slot, struct shape *shape)
{
}

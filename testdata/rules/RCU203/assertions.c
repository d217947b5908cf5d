// Assertions test pointers as any other code does.
#include <linux/kernel.h>
#include <linux/rcupdate.h>

struct handler {
	int id;
};

static struct handler __rcu *handler;

int set(struct handler *new)
{
	if (WARN_ON_ONCE(rcu_dereference(handler))) // warning: RCU203
		return -1;
	rcu_assign_pointer(handler, new);
	return 0;
}

void leave(void)
{
	WARN_ON(rcu_dereference(handler)); // warning: RCU203
	// fix: WARN_ON(rcu_access_pointer(handler));
}

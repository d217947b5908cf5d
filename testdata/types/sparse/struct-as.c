// sparse validation/struct-as.c: behind a plain pointer, and behind a member, that pointer's own type counts.
#include <linux/kernel.h>
#include <linux/rcupdate.h>

struct shape {
	int rate;
	struct shape __rcu *next;
	struct shape *plain;
};

int test_rcu(int __rcu *number);
int test_plain(int *number);

int without(struct shape *shape)
{
	return test_plain(&shape->rate) + test_rcu(&shape->rate); // warning: RCU105
}

int behind(struct shape *shape)
{
	int n = test_plain(&shape->plain->rate);

	n += test_rcu(&shape->plain->rate); // warning: RCU105
	n += test_plain(&rcu_dereference(shape->next)->rate);
	n += test_plain(&shape->next->rate); // error: RCU101
	return n;
}

// sparse validation/struct-as.c: members have the address space of the pointer to their structure.
#include <linux/kernel.h>
#include <linux/rcupdate.h>

struct shape {
	int rate;
	struct {
		int inner;
	} group;
	int steps[4];
};

int test_rcu(int __rcu *number);
int test_plain(int *number);

int kept(struct shape __rcu *shape)
{
	return test_rcu(&shape->rate) + test_rcu(&shape->group.inner) + test_rcu(shape->steps) +
	       test_rcu(&shape->steps[2]);
}

int lost(struct shape __rcu *shape)
{
	int n = test_plain(&shape->rate); // warning: RCU105

	n += test_plain(&shape->group.inner); // warning: RCU105
	n += test_plain(shape->steps); // warning: RCU105
	n += test_plain(&shape->steps[2]); // warning: RCU105
	return n;
}

// sparse validation/optim/cast-kinds.c: an annotated pointer cast to every kind of type.
#include <linux/kernel.h>
#include <linux/rcupdate.h>

struct shape {
	int rate;
};

enum kind { SMALL, LARGE };

int numbers(struct shape __rcu *shape, void __rcu *opaque)
{
	int n = (int)(unsigned long)shape;

	n += (bool)shape; // warning: RCU106
	n += (unsigned long)shape & 1;
	n += (unsigned long int)shape & 1;
	n += (long unsigned)shape & 1;
	n += (const unsigned long)opaque & 1;
	n += (int)(long)shape; // warning: RCU106
	n += (long long)shape; // warning: RCU106
	n += (enum kind)(unsigned long)shape;
	(void)shape;
	(const void)opaque;
	return n;
}

/* From numbers: there is nothing to lose. */
struct shape __rcu *pointers(int number, unsigned long word, u64 wide, int which)
{
	if (which == 1)
		return (struct shape __rcu *)(long)number;
	if (which == 2)
		return (struct shape __rcu *)word;
	if (which == 3)
		return (void __rcu *)(unsigned long)wide;
	return (struct shape __rcu *)(word | 1UL);
}

// sparse validation/Waddress-space-all-attr.c: the same casts in strict mode, where numbers count too.
#include <linux/kernel.h>
#include <linux/rcupdate.h>

struct shape;

typedef unsigned long ulong;

/*
 * Differs on purpose: sparse asks about unsigned long only if it is told to (-Wcast-from-as);
 * here it is silent always, and numbers that are not meant for addresses are reported always.
 */
u64 explicit(struct shape __rcu *shape, struct shape *plain)
{
	u64 sum = (ulong)shape;

	sum += (__UINTPTR_TYPE__)shape;
	sum += (u64)shape; // warning: RCU106
	sum += (long)shape; // warning: RCU106
	sum += (u32)(ulong)shape;
	sum += (u64)plain;
	sum += (u64)(__force ulong)shape;
	sum += (__force u64)shape;
	return sum;
}

struct shape *pointers(struct shape __rcu *shape)
{
	void *opaque = (void *)shape; // warning: RCU106
	struct shape __rcu *same = (struct shape __rcu *)shape;

	opaque = (void __force *)shape;
	(void)opaque;
	(void)same;
	return (struct shape *)shape; // warning: RCU106
}

// sparse validation/Wcast-to-as.c: which casts add the address space.
#include <linux/kernel.h>
#include <linux/rcupdate.h>

struct shape {
	int rate;
};

struct shape __rcu *added(unsigned long word, uintptr_t address, void *opaque, struct shape *plain,
			  struct shape __rcu *shape, int which)
{
	switch (which) {
	case 0:
		return (struct shape __rcu *)word;
	case 1:
		return (struct shape __rcu *)address;
	case 2:
		return (struct shape __rcu *)opaque; // note: RCU106
	case 3:
		return (struct shape __rcu *)plain; // note: RCU106
	case 4:
		return (struct shape __force __rcu *)plain;
	case 5:
		return (__force struct shape __rcu *)opaque;
	case 6:
		return (struct shape __rcu *)0;
	case 7:
		return (struct shape __rcu *)NULL;
	case 8:
		return (void __rcu *)plain; // note: RCU106
	case 9:
		return (struct shape __rcu *)-1L;
	}
	return (struct shape __rcu *)shape;
}

/* The address of an object is a plain pointer too. */
static struct shape fallback;

struct shape __rcu *added_to_address(void)
{
	return (struct shape __rcu *)&fallback; // note: RCU106
}

// sparse validation/Waddress-space-from.c: the typedef beside unsigned long.
#include <linux/kernel.h>
#include <linux/rcupdate.h>

struct shape {
	int rate;
};

typedef uintptr_t address_t;

unsigned long numbers(struct shape __rcu *shape)
{
	return (uintptr_t)shape + (address_t)shape + (const uintptr_t)shape;
}

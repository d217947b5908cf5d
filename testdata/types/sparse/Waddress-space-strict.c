// sparse validation/Waddress-space-strict.c: casts into the space and out of it, of all kinds of operands.
#include <linux/kernel.h>
#include <linux/rcupdate.h>

struct shape;

typedef unsigned long ulong;
typedef struct shape shape_t;

void explicit(ulong word, void *opaque, shape_t *plain, shape_t __rcu *shape)
{
	(void)(shape_t *)word;
	(void)(shape_t __rcu *)word;

	(void)(shape_t *)opaque;
	(void)(shape_t __rcu *)opaque; // note: RCU106

	(void)(ulong)plain;
	(void)(void *)plain;
	(void)(shape_t *)plain;
	(void)(shape_t __rcu *)plain; // note: RCU106

	(void)(ulong)shape;
	(void)(void *)shape; // warning: RCU106
	(void)(shape_t *)shape; // warning: RCU106
	(void)(shape_t __rcu *)shape;
}

/* What is cast in two steps is judged at each of them. */
void in_steps(shape_t *plain, shape_t __rcu *shape)
{
	(void)(shape_t *)(ulong)shape;
	(void)(shape_t __rcu *)(ulong)plain;
	(void)(shape_t *)(void *)shape; // warning: RCU106
	(void)(shape_t __rcu *)(void *)shape; // warning: RCU106, note: RCU106
	(void)(shape_t *)(void __rcu *)shape; // warning: RCU106
	(void)(shape_t *)(void __force *)shape;
}

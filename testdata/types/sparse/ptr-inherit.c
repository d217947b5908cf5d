// sparse validation/ptr-inherit.c: the address of an annotated object is an annotated pointer.
#include <linux/kernel.h>
#include <linux/rcupdate.h>

struct shape {
	int rate;
};

void take_plain(struct shape *shape);
void take_rcu(struct shape __rcu *shape);

static struct shape __rcu annotated;
static struct shape plain;

void inherited(void)
{
	struct shape __rcu local;
	struct shape *pointer = &local; // warning: RCU105
	struct shape __rcu *same = &local;

	take_plain(&annotated); // warning: RCU105
	take_rcu(&annotated);
	pointer = &annotated; // warning: RCU105
	same = &annotated;
	(void)pointer;
	(void)same;
}

/* Storage classes and the other qualifiers are no address space. */
void not_inherited(void)
{
	static struct shape kept;
	const struct shape constant = { 0 };
	volatile struct shape changing;

	take_plain(&kept);
	take_plain((struct shape *)&constant);
	take_plain((struct shape *)&changing);
	take_plain(&plain);
	take_rcu(&plain); // warning: RCU105
}

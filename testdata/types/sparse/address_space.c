// sparse validation/address_space.c: an annotated parameter passed on as plain void *.
#include <linux/kernel.h>
#include <linux/rcupdate.h>

struct port {
	void __rcu *opaque;
};

int poke(void *address);
int poke_annotated(void __rcu *address);

int pass_on(void __rcu *address)
{
	return poke(address); // warning: RCU105
}

int pass_on_well(void __rcu *address)
{
	return poke_annotated(address);
}

/* sparse speaks of the argument here as well; that the value was read plainly weighs more. */
int pass_member(struct port *port)
{
	return poke(port->opaque); // error: RCU101
}

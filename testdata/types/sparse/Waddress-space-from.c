// sparse validation/Waddress-space-from.c: which casts may take the address space off a pointer.
#include <linux/kernel.h>
#include <linux/rcupdate.h>

struct shape;

struct port {
	struct shape __rcu *shape;
};

void explicit(struct shape *plain, struct shape __kernel *kernel, struct shape __user *user,
	      struct shape __percpu *percpu, struct shape __rcu *shape)
{
	(void)(__UINTPTR_TYPE__)plain;
	(void)(unsigned long)plain;
	(void)(void *)plain;
	(void)(struct shape *)plain;
	(void)(struct shape __kernel *)kernel;

	(void)(__UINTPTR_TYPE__)shape;
	(void)(unsigned long)shape;
	(void)(void *)shape; // warning: RCU106
	(void)(struct shape *)shape; // warning: RCU106
	(void)(struct shape __kernel *)shape; // warning: RCU106
	(void)(struct shape __rcu *)shape;

	/* Other spaces are no matter of RCU, unless the cast ends in it or comes from it. */
	(void)(void *)user;
	(void)(struct shape *)percpu;
	(void)(struct shape __user *)shape; // warning: RCU106
	(void)(struct shape __rcu *)user; // note: RCU106
}

/* A cast of what is shared is a read of it first, whatever it is cast to. */
void shared(struct port *port)
{
	unsigned long word = (unsigned long)port->shape; // error: RCU101
	struct shape *shape = (struct shape *)port->shape; // error: RCU101

	(void)word;
	(void)shape;
}

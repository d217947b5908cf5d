// sparse validation/non-pointer-null.c: a null pointer constant that is spelled out.
#include <linux/kernel.h>
#include <linux/rcupdate.h>

struct shape {
	int rate;
};

void take(struct shape __rcu *shape);

struct shape __rcu *fits(struct shape __rcu *shape)
{
	struct shape __rcu *local = (void *)0;

	take((void *)0);
	take(((void *)0L));
	local = (void *)0;
	if ((void *)0 != shape && local == (void *)0)
		return (void *)0;
	return shape ? local : (void *)0;
}

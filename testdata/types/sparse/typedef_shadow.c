// sparse validation/typedef_shadow.c: the innermost typedef counts.
#include <linux/kernel.h>
#include <linux/rcupdate.h>

struct shape {
	int rate;
};

typedef struct shape __rcu *shape_ref;
typedef struct shape *shape_ptr;

int hidden(struct shape *shape)
{
	typedef struct shape *shape_ref;
	shape_ref local = shape;

	return local->rate;
}

int hiding(struct shape __rcu *shape)
{
	typedef struct shape __rcu *shape_ptr;
	shape_ptr local = shape;

	return local->rate; // error: RCU105
}

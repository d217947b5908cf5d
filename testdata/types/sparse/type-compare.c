// sparse validation/type-compare.c: which differences between two types are differences.
#include <linux/kernel.h>
#include <linux/rcupdate.h>

struct shape {
	int rate;
};

struct port {
	struct shape __rcu *shape;
};

/* const and volatile are other people's; the annotation may stand anywhere among them. */
void qualifiers(struct shape __rcu *shape, const struct shape __rcu *constant,
		struct shape volatile __rcu *changing, struct shape __rcu const *last)
{
	constant = shape;
	changing = shape;
	last = shape;
	constant = last;
	(void)constant;
	(void)changing;
}

/* The annotation is a difference on the level it stands on. */
void levels(struct shape __rcu **inner, struct shape * __rcu *outer, struct shape **none,
	    struct shape __rcu * __rcu *both)
{
	inner = inner;
	inner = outer; // warning: RCU105
	inner = none; // warning: RCU105
	inner = both; // warning: RCU105
	outer = inner; // warning: RCU105
	outer = none; // warning: RCU105
	outer = both; // warning: RCU105
	none = inner; // warning: RCU105
	none = outer; // warning: RCU105
	both = none; // warning: RCU105
}

/* Types that are compared as such are not evaluated. */
int as_such(struct port *port)
{
	int n = __builtin_types_compatible_p(typeof(port->shape), struct shape *);

	n += __builtin_types_compatible_p(typeof(*port->shape), struct shape);
	n += _Generic(port->shape, struct shape *: 1, default: 2);
	return n;
}

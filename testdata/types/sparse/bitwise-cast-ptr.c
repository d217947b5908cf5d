// sparse validation/bitwise-cast-ptr.c: pointers to what is annotated: converted, cast, and cast by force.
#include <linux/kernel.h>
#include <linux/rcupdate.h>

struct shape {
	int rate;
};

typedef struct shape __rcu *shape_ref;

shape_ref *converted(struct shape **slot)
{
	return slot; // warning: RCU105
}

shape_ref *converted_same(struct shape __rcu **slot)
{
	return slot;
}

/* Differs on purpose: sparse compares casts on the outermost level alone. */
shape_ref *cast(struct shape **slot)
{
	return (struct shape __rcu **)slot; // note: RCU106
}

struct shape **cast_away(shape_ref *slot)
{
	return (struct shape **)slot; // warning: RCU106
}

shape_ref *forced(struct shape **slot, int which)
{
	if (which)
		return (__force shape_ref *)slot;
	return (shape_ref __force *)slot;
}

/* Three levels, and levels that are behind void *. */
void deeper(struct shape __rcu ***table, void *opaque, void **opaques)
{
	struct shape ***plain = (struct shape ***)table; // warning: RCU106
	struct shape __rcu ***same = (struct shape __rcu ***)table;

	opaque = (void *)table;
	opaques = (void **)table;
	(void)plain;
	(void)same;
	(void)opaque;
	(void)opaques;
}

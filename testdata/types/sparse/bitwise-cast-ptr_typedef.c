// sparse validation/bitwise-cast-ptr.c: a cast to a typedef that holds the annotation.
#include <linux/kernel.h>
#include <linux/rcupdate.h>

struct shape {
	int rate;
};

typedef struct shape __rcu *shape_ref;

void cast(struct shape *shape, struct shape **slot, void *opaque, void **opaques)
{
	(void)(shape_ref)shape; // note: RCU106
	(void)(shape_ref *)slot; // note: RCU106
	(void)(shape_ref)opaque; // note: RCU106
	(void)(shape_ref *)opaques; // note: RCU106
	(void)(typeof(shape_ref) *)slot; // note: RCU106
}

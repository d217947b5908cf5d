#ifndef _LINUX_PERCPU_REFCOUNT_H
#define _LINUX_PERCPU_REFCOUNT_H

#include <linux/kernel.h>
#include <linux/slab.h>

struct percpu_ref {
	unsigned long count;
};

typedef void (percpu_ref_func_t)(struct percpu_ref *ref);

int percpu_ref_init(struct percpu_ref *ref, percpu_ref_func_t *release, unsigned int flags, gfp_t gfp);
void percpu_ref_kill(struct percpu_ref *ref);
bool percpu_ref_tryget(struct percpu_ref *ref);
void percpu_ref_put(struct percpu_ref *ref);

#endif

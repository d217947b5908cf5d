// Declarations from a header beside the file; what is wrong in the header is told when it is checked.
#include <linux/kernel.h>
#include "own_header.h"

struct drawer {
	struct binder binders[3];
};

int reads(struct drawer *drawer, struct binder *binder)
{
	int n = binder->paper->weight; // error: RCU101

	n += drawer->binders[1].paper->weight; // error: RCU101
	n += last_paper->weight; // error: RCU101
	n += first_paper->weight;
	n += binder_deref(binder->paper)->weight;
	n += binder_paper(binder)->weight;
	return n;
}

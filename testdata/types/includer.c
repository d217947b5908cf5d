// Includes another C file, which relies on what is declared here.
#include <linux/kernel.h>
#include <linux/rcupdate.h>

struct label {
	int size;
};

struct crate {
	struct label __rcu *label;
	struct label *plain_label;
};

#define crate_deref(crate, p)	rcu_dereference_protected(p, (crate)->plain_label)

#include "included_part.c"

int includes(struct crate *crate)
{
	return part_reads(crate) + part_uses_accessor(crate) + crate->label->size; // error: RCU101
}

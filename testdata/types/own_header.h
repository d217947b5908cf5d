/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#ifndef OWN_HEADER_H
#define OWN_HEADER_H

#include <linux/rcupdate.h>

struct paper {
	int weight;
};

struct binder {
	struct paper __rcu *paper;
};

extern struct paper __rcu *last_paper;
extern struct paper *first_paper;

#define binder_deref(p)	rcu_dereference_check(p, 1)

static inline struct paper *binder_paper(struct binder *binder)
{
	return binder->paper;
}

#endif

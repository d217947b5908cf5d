/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#ifndef _LINUX_SRCU_H
#define _LINUX_SRCU_H

#include <linux/rcupdate.h>

struct srcu_struct {
	int idx;
};

int srcu_read_lock(struct srcu_struct *ssp);
void srcu_read_unlock(struct srcu_struct *ssp, int idx);
int srcu_read_lock_held(const struct srcu_struct *ssp);
void synchronize_srcu(struct srcu_struct *ssp);
void srcu_barrier(struct srcu_struct *ssp);
void call_srcu(struct srcu_struct *ssp, struct rcu_head *head,
	       void (*func)(struct rcu_head *head));

#define srcu_dereference_check(p, ssp, c)				\
	__rcu_dereference_check((p), __UNIQUE_ID(rcu),			\
				(c) || srcu_read_lock_held(ssp), __rcu)
#define srcu_dereference(p, ssp)	srcu_dereference_check((p), (ssp), 0)

#endif

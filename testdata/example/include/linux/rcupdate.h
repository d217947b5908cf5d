/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#ifndef _LINUX_RCUPDATE_H
#define _LINUX_RCUPDATE_H

#include <linux/compiler.h>

struct rcu_head {
	struct rcu_head *next;
	void (*func)(struct rcu_head *head);
};

void rcu_read_lock(void);
void rcu_read_unlock(void);
int rcu_read_lock_held(void);
void call_rcu(struct rcu_head *head, void (*func)(struct rcu_head *head));

#define RCU_LOCKDEP_WARN(cond)	do { } while (0 && (cond))

#define __rcu_load(p, c)						\
({									\
	typeof(*p) *__loaded = (typeof(*p) *__force)READ_ONCE(p);	\
	RCU_LOCKDEP_WARN(!(c));						\
	((typeof(*p) __force __kernel *)(__loaded));			\
})

#define RCU_INITIALIZER(v)	(typeof(*(v)) __force __rcu *)(v)
#define rcu_access_pointer(p)	__rcu_load((p), 1)
#define rcu_dereference_check(p, c)					\
	__rcu_load((p), (c) || rcu_read_lock_held())
#define rcu_dereference(p)	rcu_dereference_check(p, 0)
#define rcu_dereference_protected(p, c)	__rcu_load((p), (c))
#define RCU_INIT_POINTER(p, v)	WRITE_ONCE(p, RCU_INITIALIZER(v))
#define rcu_assign_pointer(p, v)					\
do {									\
	__atomic_thread_fence(__ATOMIC_RELEASE);			\
	WRITE_ONCE(p, RCU_INITIALIZER(v));				\
} while (0)

#endif

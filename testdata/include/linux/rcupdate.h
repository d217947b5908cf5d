/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* RCU: readers, accessors in layers, deferral. Shapes only; nothing here is meant to run. */
#ifndef _LINUX_RCUPDATE_H
#define _LINUX_RCUPDATE_H

#include <linux/types.h>
#include <linux/compiler.h>
#include <linux/bug.h>
#include <linux/cleanup.h>

/* For readers to follow, and for the compiler to check that they are readers. */
#define __rcu_guarded	__rcu __guarded_by(RCU)

void __rcu_enter(void);
void __rcu_leave(void);
int rcu_read_lock_held(void);
int rcu_read_lock_bh_held(void);
int rcu_read_lock_sched_held(void);
void synchronize_rcu(void);
void rcu_barrier(void);
void call_rcu(struct rcu_head *head, void (*func)(struct rcu_head *head));
void __free_later(struct rcu_head *head, void *object);

/* Without a head there is nothing to do but to wait. */
static inline void kvfree_call_rcu(struct rcu_head *head, void *object)
{
	if (!head)
		synchronize_rcu();
	__free_later(head, object);
}

static __always_inline void rcu_read_lock(void) { __rcu_enter(); }
static __always_inline void rcu_read_unlock(void) { __rcu_leave(); }
static inline void rcu_read_lock_bh(void) { __rcu_enter(); }
static inline void rcu_read_unlock_bh(void) { __rcu_leave(); }
static inline void rcu_read_lock_sched(void) { __rcu_enter(); }
static inline void rcu_read_unlock_sched(void) { __rcu_leave(); }

#define RCU_LOCKDEP_WARN(cond, text)	do { } while (0 && (cond))

#define kfree_rcu(ptr, member)						\
do {									\
	typeof(ptr) __doomed = (ptr);					\
	if (__doomed)							\
		kvfree_call_rcu(&__doomed->member, __doomed);		\
} while (0)

#ifdef __CHECKER__
#define rcu_check_space(p, space)	((void)(((typeof(*p) space *)p) == p))
#else
#define rcu_check_space(p, space)
#endif

#define unrcu_pointer(p)						\
({									\
	typeof(*p) *__plain = (typeof(*p) *__force)(p);			\
	rcu_check_space(p, __rcu);					\
	((typeof(*p) __force __kernel *)(__plain));			\
})

#define __rcu_access_pointer(p, tmp, space)				\
({									\
	typeof(*p) *tmp = (typeof(*p) *__force)READ_ONCE(p);		\
	rcu_check_space(p, space);					\
	((typeof(*p) __force __kernel *)(tmp));				\
})
#define __rcu_dereference_check(p, tmp, c, space)			\
({									\
	typeof(*p) *tmp = (typeof(*p) *__force)READ_ONCE(p);		\
	RCU_LOCKDEP_WARN(!(c), "load without a reader");		\
	rcu_check_space(p, space);					\
	((typeof(*p) __force __kernel *)(tmp));				\
})
#define __rcu_dereference_protected(p, tmp, c, space)			\
({									\
	RCU_LOCKDEP_WARN(!(c), "load without the lock");		\
	rcu_check_space(p, space);					\
	((typeof(*p) __force __kernel *)(p));				\
})
#define __rcu_dereference_raw(p, tmp)					\
({									\
	typeof(p) tmp = READ_ONCE(p);					\
	((typeof(*p) __force __kernel *)(tmp));				\
})

#define RCU_INITIALIZER(v)	(typeof(*(v)) __force __rcu *)(v)
#define RCU_POINTER_INITIALIZER(p, v)	.p = RCU_INITIALIZER(v)

#define rcu_access_pointer(p)						\
	__rcu_access_pointer((p), __UNIQUE_ID(rcu), __rcu)
#define rcu_dereference_check(p, c)					\
	__rcu_dereference_check((p), __UNIQUE_ID(rcu),			\
				(c) || rcu_read_lock_held(), __rcu)
#define rcu_dereference_bh_check(p, c)					\
	__rcu_dereference_check((p), __UNIQUE_ID(rcu),			\
				(c) || rcu_read_lock_bh_held(), __rcu)
#define rcu_dereference_sched_check(p, c)				\
	__rcu_dereference_check((p), __UNIQUE_ID(rcu),			\
				(c) || rcu_read_lock_sched_held(), __rcu)
#define rcu_dereference_raw(p)	__rcu_dereference_raw(p, __UNIQUE_ID(rcu))
#define rcu_dereference_raw_check(p)					\
	__rcu_dereference_check((p), __UNIQUE_ID(rcu), 1, __rcu)
#define rcu_dereference_protected(p, c)					\
	__rcu_dereference_protected((p), __UNIQUE_ID(rcu), (c), __rcu)
#define rcu_dereference(p)	rcu_dereference_check(p, 0)
#define rcu_dereference_bh(p)	rcu_dereference_bh_check(p, 0)
#define rcu_dereference_sched(p)	rcu_dereference_sched_check(p, 0)

#define rcu_pointer_handoff(p)	(p)

#define RCU_INIT_POINTER(p, v)						\
do {									\
	rcu_check_space(p, __rcu);					\
	WRITE_ONCE(p, RCU_INITIALIZER(v));				\
} while (0)
#define rcu_assign_pointer(p, v)					\
do {									\
	unsigned long __v = (unsigned long)(v);				\
	rcu_check_space(p, __rcu);					\
	if (__builtin_constant_p(v) && __v == 0)			\
		WRITE_ONCE((p), (typeof(p))(__v));			\
	else								\
		smp_store_release(&p, RCU_INITIALIZER((typeof(p))__v));	\
} while (0)
#define rcu_replace_pointer(rcu_ptr, ptr, c)				\
({									\
	typeof(ptr) __old = rcu_dereference_protected((rcu_ptr), (c));	\
	rcu_assign_pointer((rcu_ptr), (ptr));				\
	__old;								\
})

DEFINE_LOCK_GUARD_0(rcu, rcu_read_lock(), rcu_read_unlock())

#endif

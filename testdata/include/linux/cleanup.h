/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Scope-based guards. */
#ifndef _LINUX_CLEANUP_H
#define _LINUX_CLEANUP_H

#include <linux/compiler.h>

#define __free(name)	__cleanup(__free_##name)

#define DEFINE_CLASS(name, T, leave, enter, args...)			\
typedef T class_##name##_t;						\
static inline void class_##name##_leave(T *slot)			\
{ T _T = *slot; leave; }						\
static inline T class_##name##_enter(args)				\
{ T _t = enter; return _t; }

#define CLASS(name, var)						\
	class_##name##_t var __cleanup(class_##name##_leave) =		\
		class_##name##_enter

#define DEFINE_GUARD(name, T, lock, unlock)				\
	DEFINE_CLASS(name, T, if (_T) { unlock; }, ({ lock; _T; }), T _T)

#define DEFINE_LOCK_GUARD_0(name, lock, unlock)				\
typedef struct { void *held; } class_##name##_t;			\
static inline void class_##name##_leave(class_##name##_t *g)		\
{ if (g->held) { unlock; } }						\
static inline class_##name##_t class_##name##_enter(void)		\
{ class_##name##_t g = { (void *)1 }; lock; return g; }

#define guard(name)							\
	CLASS(name, __UNIQUE_ID(guard))

#define scoped_guard(name, args...)					\
	for (CLASS(name, scope)(args), *__once = (void *)1;		\
	     __once; __once = (void *)0)

#define scoped_cond_guard(name, fail, args...)				\
	for (CLASS(name, scope)(args), *__once = (void *)1;		\
	     __once; __once = (void *)0)				\
		if (!scope)						\
			fail;						\
		else

#endif

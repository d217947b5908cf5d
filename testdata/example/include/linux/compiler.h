/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#ifndef _LINUX_COMPILER_H
#define _LINUX_COMPILER_H

#ifdef __CHECKER__
# define __rcu		__attribute__((noderef, address_space(__rcu)))
# define __force	__attribute__((force))
# define __kernel	__attribute__((address_space(0)))
#else
# define __rcu
# define __force
# define __kernel
#endif

#define NULL		((void *)0)
#define ENOENT		2
#define ENOMEM		12
#define EEXIST		17

typedef _Bool bool;
typedef unsigned long size_t;
typedef unsigned int gfp_t;

#define likely(cond)	__builtin_expect(!!(cond), 1)
#define unlikely(cond)	__builtin_expect(!!(cond), 0)
#define READ_ONCE(x)	(*(const volatile typeof(x) *)&(x))
#define WRITE_ONCE(x, v) do { *(volatile typeof(x) *)&(x) = (v); } while (0)
#define container_of(ptr, T, member)					\
	((T *)((char *)(ptr) - __builtin_offsetof(T, member)))

void report_warning(const char *file, int line);
#define WARN_ON(cond)							\
({									\
	int __warned = !!(cond);					\
	if (unlikely(__warned))						\
		report_warning(__FILE__, __LINE__);			\
	unlikely(__warned);						\
})

#endif

/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Annotations, marked accesses and the macros that hide a type. */
#ifndef _LINUX_COMPILER_H
#define _LINUX_COMPILER_H

#ifdef __CHECKER__
# define __rcu		__attribute__((noderef, address_space(__rcu)))
# define __percpu	__attribute__((noderef, address_space(__percpu)))
# define __user		__attribute__((noderef, address_space(__user)))
# define __force	__attribute__((force))
# define __guarded_by(lock) __attribute__((guarded_by(lock)))
# define __kernel	__attribute__((address_space(0)))
# define __must_hold(lock) __attribute__((context(lock, 1, 1)))
# define __acquires(lock) __attribute__((context(lock, 0, 1)))
# define __releases(lock) __attribute__((context(lock, 1, 0)))
#else
# define __rcu
# define __percpu
# define __user
# define __force
# define __guarded_by(lock)
# define __kernel
# define __must_hold(lock)
# define __acquires(lock)
# define __releases(lock)
#endif

#define __init		__attribute__((__section__(".init.text")))
#define __exit		__attribute__((__section__(".exit.text")))
#define __always_inline	inline __attribute__((__always_inline__))
#define __maybe_unused	__attribute__((__unused__))
#define __read_mostly	__attribute__((__section__(".data..read_mostly")))
#define __aligned(n)	__attribute__((__aligned__(n)))
#define __packed	__attribute__((__packed__))
#define __cleanup(fn)	__attribute__((__cleanup__(fn)))
#define __printf(a, b)	__attribute__((__format__(printf, a, b)))
#define __counted_by(n)
#define noinline	__attribute__((__noinline__))
#define typeof_member(T, m)	typeof(((T *)0)->m)

#define likely(cond)	__builtin_expect(!!(cond), 1)
#define unlikely(cond)	__builtin_expect(!!(cond), 0)

#define __once_of(x)	(*(const volatile typeof(x) *)&(x))
#define READ_ONCE(x)	({ typeof(x) __once_v = __once_of(x); __once_v; })
#define WRITE_ONCE(x, val)						\
do {									\
	*(volatile typeof(x) *)&(x) = (val);				\
} while (0)

#define barrier()	__asm__ __volatile__("" : : : "memory")
#define smp_load_acquire(ptr)						\
({									\
	typeof(*(ptr)) __acq = READ_ONCE(*(ptr));			\
	barrier();							\
	__acq;								\
})
#define smp_store_release(ptr, v)					\
do {									\
	barrier();							\
	WRITE_ONCE(*(ptr), v);						\
} while (0)

#define offsetof(T, m)	__builtin_offsetof(T, m)
#define container_of(ptr, T, member)					\
({									\
	void *__inner = (void *)(ptr);					\
	((T *)(__inner - offsetof(T, member)));				\
})
#define ARRAY_SIZE(arr)	(sizeof(arr) / sizeof((arr)[0]))

#define __PASTE_(a, b)	a##b
#define __PASTE(a, b)	__PASTE_(a, b)
#define __UNIQUE_ID(prefix)	__PASTE(prefix, __COUNTER__)

/* A named group whose members can be reached without the group's name. */
#define struct_group(NAME, MEMBERS...)					\
	union {								\
		struct { MEMBERS };					\
		struct { MEMBERS } NAME;				\
	}
/* A flexible array where C does not allow one. */
#define DECLARE_FLEX_ARRAY(TYPE, NAME)					\
	struct {							\
		struct { } __flex_##NAME;				\
		TYPE NAME[];						\
	}

#endif

/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* xchg() and cmpxchg() end in an instruction per architecture. */
#ifndef _LINUX_ATOMIC_H
#define _LINUX_ATOMIC_H

#include <linux/types.h>

#define xchg(ptr, v)							\
({									\
	typeof(*(ptr)) __was = (v);					\
	__asm__ __volatile__("xchgq %0, %1" : "+r" (__was), "+m" (*(ptr))); \
	__was;								\
})
#define cmpxchg(ptr, old, new)						\
({									\
	typeof(*(ptr)) __seen = (old);					\
	__asm__ __volatile__("cmpxchgq %2, %1"				\
			     : "+a" (__seen), "+m" (*(ptr)) : "r" (new)); \
	__seen;								\
})

void atomic_inc(atomic_t *v);
bool atomic_inc_not_zero(atomic_t *v);
bool atomic_dec_and_test(atomic_t *v);

#endif

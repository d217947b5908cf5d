/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#ifndef _LINUX_FILTER_H
#define _LINUX_FILTER_H

#include <linux/types.h>

/* Helpers take five words; a typed inner function does the work. */
#define BPF_CALL_2(name, T1, a1, T2, a2)				\
	static u64 ____##name(T1 a1, T2 a2);				\
	u64 name(u64 r1, u64 r2, u64 r3, u64 r4, u64 r5);		\
	u64 name(u64 r1, u64 r2, u64 r3, u64 r4, u64 r5)		\
	{								\
		return ____##name((T1)r1, (T2)r2);			\
	}								\
	static u64 ____##name(T1 a1, T2 a2)

#endif

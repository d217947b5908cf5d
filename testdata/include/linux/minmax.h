/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#ifndef _LINUX_MINMAX_H
#define _LINUX_MINMAX_H

#define min_t(T, a, b)							\
({									\
	T __a = (a);							\
	T __b = (b);							\
	__a < __b ? __a : __b;						\
})
#define swap(a, b)							\
do {									\
	typeof(a) __third = (a);					\
	(a) = (b);							\
	(b) = __third;							\
} while (0)

#endif

/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Macros that define functions under pasted names. */
#ifndef _LINUX_SYSCALLS_H
#define _LINUX_SYSCALLS_H

#include <linux/types.h>

#define SYSCALL_DEFINE1(name, T1, a1)					\
	long sys_##name(T1 a1);						\
	long sys_##name(T1 a1)
#define SYSCALL_DEFINE2(name, T1, a1, T2, a2)				\
	long sys_##name(T1 a1, T2 a2);					\
	long sys_##name(T1 a1, T2 a2)

#endif

/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What most files want. */
#ifndef _LINUX_KERNEL_H
#define _LINUX_KERNEL_H

#include <linux/types.h>
#include <linux/compiler.h>
#include <linux/bug.h>
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/string.h>

__printf(1, 2) int printk(const char *fmt, ...);
#define pr_info(fmt, args...)	printk(fmt, ##args)

#endif

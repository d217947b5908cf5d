/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Assertions: the condition is the argument, the value is its truth. */
#ifndef _LINUX_BUG_H
#define _LINUX_BUG_H

#include <linux/compiler.h>

void report_warning(const char *file, int line);
void report_bug(void);

#define BUG()		do { report_bug(); for (;;) ; } while (0)
#define BUG_ON(cond)	do { if (unlikely(cond)) BUG(); } while (0)
#define WARN_ON(cond)							\
({									\
	int __warned = !!(cond);					\
	if (unlikely(__warned))						\
		report_warning(__FILE__, __LINE__);			\
	unlikely(__warned);						\
})
#define WARN_ON_ONCE(cond)						\
({									\
	static bool __done;						\
	int __hit = !!(cond);						\
	if (unlikely(__hit && !__done)) {				\
		__done = true;						\
		report_warning(__FILE__, __LINE__);			\
	}								\
	unlikely(__hit);						\
})

#endif

/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#ifndef _LINUX_SCHED_H
#define _LINUX_SCHED_H

#include <linux/rcupdate.h>
#include <linux/spinlock.h>

struct cred {
	atomic_t usage;
	u32 uid;
};

struct sighand_struct {
	spinlock_t siglock;
	int count;
};

struct task_struct {
	int pid;
	struct task_struct __rcu *parent;
	const struct cred __rcu *real_cred;
	const struct cred __rcu *cred;
	struct sighand_struct __rcu *sighand;
};

extern rwlock_t tasklist_lock;
struct task_struct *get_current(void);
#define current get_current()

#endif

/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Annotated members beside a plain one that is RCU's by the macros of its users. */
#ifndef _NET_SOCK_H
#define _NET_SOCK_H

#include <linux/types.h>
#include <linux/spinlock.h>
#include <linux/rcupdate.h>

struct filter {
	struct rcu_head rcu;
	unsigned int len;
};

struct waiters {
	struct rcu_head rcu;
	unsigned long flags;
};

struct sock {
	spinlock_t lock;
	struct filter __rcu *filter;
	union {
		struct waiters __rcu *waiters;
		struct waiters *waiters_raw;
	};
	void *user_data;
};

int lockdep_sock_is_held(const struct sock *sk);

#endif

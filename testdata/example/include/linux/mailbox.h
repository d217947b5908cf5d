/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Mailboxes of a process, found by number without a lock. */
#ifndef _LINUX_MAILBOX_H
#define _LINUX_MAILBOX_H

#include <linux/rcupdate.h>
#include <linux/spinlock.h>

struct mailbox {
	struct rcu_head rcu;
	unsigned int id;
	int users;
	bool dead;
};

/* Replaced as a whole when it gets too small; readers keep the one they found. */
struct mailbox_table {
	struct rcu_head rcu;
	unsigned int nr;
	struct mailbox __rcu *slots[];
};

struct mailbox_space {
	spinlock_t lock;			/* held by whoever changes the table */
	struct mailbox_table __rcu *table;
};

struct mailbox *mailbox_find(struct mailbox_space *space, unsigned int id);
int mailbox_add(struct mailbox_space *space, struct mailbox *box);
void mailbox_kill(struct mailbox_space *space, struct mailbox *box);
void mailbox_exit(struct mailbox_space *space);

#endif

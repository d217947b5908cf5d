// SPDX-License-Identifier: MIT OR Apache-2.0
/*
 * Mailboxes of a process. The slots of the table carry __rcu, but this file forgets
 * about it: every access to a slot is a plain one.
 */
#include <linux/mailbox.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>

struct mailbox *mailbox_find(struct mailbox_space *space, unsigned int id)
{
	struct mailbox_table *table;
	struct mailbox *box = NULL;

	rcu_read_lock();
	table = rcu_dereference(space->table);
	if (!table || id >= table->nr)
		goto out;

	box = table->slots[id];
	if (box && !box->dead)
		box->users++;
	else
		box = NULL;
out:
	rcu_read_unlock();
	return box;
}

int mailbox_add(struct mailbox_space *space, struct mailbox *box)
{
	struct mailbox_table *table;
	unsigned int i;

	spin_lock(&space->lock);
	table = rcu_dereference_protected(space->table, lockdep_is_held(&space->lock));
	for (i = 0; table && i < table->nr; i++) {
		if (!table->slots[i]) {
			box->id = i;
			table->slots[i] = box;
			spin_unlock(&space->lock);
			return 0;
		}
	}
	spin_unlock(&space->lock);
	return -ENOMEM;
}

static void mailbox_free(struct rcu_head *head)
{
	kfree(container_of(head, struct mailbox, rcu));
}

void mailbox_kill(struct mailbox_space *space, struct mailbox *box)
{
	struct mailbox_table *table;

	spin_lock(&space->lock);
	table = rcu_dereference_protected(space->table, lockdep_is_held(&space->lock));
	WARN_ON(table->slots[box->id] != box);
	table->slots[box->id] = NULL;
	spin_unlock(&space->lock);

	box->dead = 1;
	call_rcu(&box->rcu, mailbox_free);
}

/* The last user is gone: no reader, no lock. */
void mailbox_exit(struct mailbox_space *space)
{
	struct mailbox_table *table = rcu_dereference_protected(space->table, 1);
	unsigned int i;

	for (i = 0; table && i < table->nr; i++)
		kfree(table->slots[i]);
	RCU_INIT_POINTER(space->table, NULL);
	kfree(table);
}

// SPDX-License-Identifier: MIT OR Apache-2.0
/* A device whose settings are replaced under a lock and read without one: as it should be. */
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

struct loopy_settings {
	struct rcu_head rcu;
	int mtu;
};

struct loopy {
	spinlock_t lock;
	struct loopy_settings __rcu *settings;
};

#define loopy_locked(loopy, p)						\
	rcu_dereference_protected(p, lockdep_is_held(&(loopy)->lock))

static void loopy_settings_free(struct rcu_head *head)
{
	kfree(container_of(head, struct loopy_settings, rcu));
}

int loopy_mtu(struct loopy *loopy)
{
	struct loopy_settings *settings;
	int mtu;

	rcu_read_lock();
	settings = rcu_dereference(loopy->settings);
	mtu = settings ? settings->mtu : 0;
	rcu_read_unlock();
	return mtu;
}

int loopy_set_mtu(struct loopy *loopy, int mtu)
{
	struct loopy_settings *settings, *old;

	settings = kzalloc(sizeof(*settings), GFP_KERNEL);
	if (!settings)
		return -ENOMEM;
	settings->mtu = mtu;

	spin_lock(&loopy->lock);
	old = loopy_locked(loopy, loopy->settings);
	rcu_assign_pointer(loopy->settings, settings);
	spin_unlock(&loopy->lock);
	if (old)
		call_rcu(&old->rcu, loopy_settings_free);
	return 0;
}

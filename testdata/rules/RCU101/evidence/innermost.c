// Whoever enters a reader section with a lock held does not rely on the lock.
#include <linux/kernel.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>

struct dial {
	int rate;
};

struct panel {
	struct mutex lock;
	struct dial __rcu *dial;
};

int reader_in_lock(struct panel *panel)
{
	struct dial *dial;
	int rate;

	mutex_lock(&panel->lock);
	rcu_read_lock();
	dial = panel->dial; // error: RCU101
	// fix: dial = rcu_dereference(panel->dial);
	rate = dial->rate;
	rcu_read_unlock();
	mutex_unlock(&panel->lock);
	return rate;
}

int lock_in_reader(struct panel *panel)
{
	struct dial *dial;
	int rate;

	rcu_read_lock();
	mutex_lock(&panel->lock);
	dial = panel->dial; // error: RCU101
	// fix: dial = rcu_dereference_protected(panel->dial, lockdep_is_held(&panel->lock));
	rate = dial->rate;
	mutex_unlock(&panel->lock);
	rcu_read_unlock();
	return rate;
}

// Tests under a lock go as the tests around them do.
#include <linux/kernel.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>

struct drum {
	int pitch;
};

struct band {
	struct mutex lock;
	struct drum __rcu *drum;
	struct mutex spare_lock;
	struct drum __rcu *spare;
};

int band_add(struct band *band, struct drum *drum)
{
	int err = 0;

	mutex_lock(&band->lock);
	if (rcu_dereference_protected(band->drum, lockdep_is_held(&band->lock)))
		err = -ENOENT;
	else
		rcu_assign_pointer(band->drum, drum);
	mutex_unlock(&band->lock);
	return err;
}

int band_is_playing(struct band *band)
{
	int playing;

	mutex_lock(&band->lock);
	playing = !!band->drum; // warning: RCU104
	// fix: playing = !!rcu_dereference_protected(band->drum, lockdep_is_held(&band->lock));
	mutex_unlock(&band->lock);
	return playing;
}

/* Nobody tests this one under its lock. */
int band_has_spare(struct band *band)
{
	int has;

	mutex_lock(&band->spare_lock);
	has = !!band->spare; // warning: RCU104
	// fix: has = !!rcu_access_pointer(band->spare);
	mutex_unlock(&band->spare_lock);
	return has;
}

int band_looks(struct band *band)
{
	return !!band->drum; // warning: RCU104
	// fix: return !!rcu_access_pointer(band->drum);
}

// The lock that is held is named, in the words and by the accessor that are used under it.
#include <linux/kernel.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/spinlock.h>

struct lens {
	int focus;
};

struct camera {
	struct mutex lock;
	struct mutex other_lock;
	struct mutex lens_lock;
	struct lens __rcu *lens;
	struct mutex spare_lock;
	struct lens __rcu *spare;
};

/* A lock whose name begins like the pointer's is not reached through the pointer. */
int focus_of(struct camera *camera)
{
	struct lens *lens;
	int focus;

	mutex_lock(&camera->lens_lock);
	lens = camera->lens; // error: RCU101
	// fix: lens = rcu_dereference_protected(camera->lens, lockdep_is_held(&camera->lens_lock));
	focus = lens->focus;
	mutex_unlock(&camera->lens_lock);
	return focus;
}

int spare_focus(struct camera *camera)
{
	return rcu_dereference_check(camera->spare, lockdep_is_held(&camera->spare_lock))->focus;
}

/* Other users of the pointer under that lock call it so. */
int spare_focus_again(struct camera *camera)
{
	struct lens *lens;
	int focus;

	mutex_lock(&camera->spare_lock);
	lens = camera->spare; // error: RCU101
	// fix: lens = rcu_dereference_check(camera->spare, lockdep_is_held(&camera->spare_lock));
	focus = lens->focus;
	mutex_unlock(&camera->spare_lock);
	return focus;
}

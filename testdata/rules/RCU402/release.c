/* What release callbacks of percpu_refs come to. */
#include <linux/kernel.h>
#include <linux/percpu-refcount.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

struct completion {
	unsigned int done;
};

void complete(struct completion *done);
void wait_for_completion(struct completion *done);

struct part {
	int id;
};

/* Freed by a work that waits for nobody. */
struct quick {
	struct percpu_ref refs;
	struct work_struct work;
	struct part *part;
	int id;
};

/* Freed by one that does. */
struct slow {
	struct percpu_ref refs;
	struct percpu_ref users;
	struct rcu_work work;
	int id;
};

/* Freed by whoever waits for the last reference. */
struct told {
	struct percpu_ref refs;
	struct completion gone;
	int id;
};

/* Only a part of it ends. */
struct lasting {
	struct percpu_ref refs;
	struct part *part;
	int id;
};

/* No reader finds it. */
struct hidden {
	struct percpu_ref refs;
};

struct table {
	struct quick __rcu *quick;
	struct slow __rcu *slow;
	struct told __rcu *told;
	struct lasting __rcu *lasting;
};

static void quick_free(struct work_struct *work)
{
	struct quick *quick = container_of(work, struct quick, work);

	kfree(quick->part);
	kfree(quick); // error: RCU402
}

static void quick_release(struct percpu_ref *ref)
{
	struct quick *quick = container_of(ref, struct quick, refs);

	INIT_WORK(&quick->work, quick_free);
	schedule_work(&quick->work);
}

static void slow_free(struct work_struct *work)
{
	kfree(container_of(to_rcu_work(work), struct slow, work));
}

static void slow_release(struct percpu_ref *ref)
{
	struct slow *slow = container_of(ref, struct slow, refs);

	INIT_RCU_WORK(&slow->work, slow_free);
	queue_rcu_work(NULL, &slow->work);
}

static void slow_users_gone(struct percpu_ref *ref)
{
	percpu_ref_kill(&container_of(ref, struct slow, users)->refs);
}

static void told_release(struct percpu_ref *ref)
{
	complete(&container_of(ref, struct told, refs)->gone);
}

static void hidden_release(struct percpu_ref *ref)
{
	kfree(container_of(ref, struct hidden, refs));
}

static void lasting_release(struct percpu_ref *ref)
{
	kfree(container_of(ref, struct lasting, refs)->part);
}

int lasting_setup(struct lasting *lasting)
{
	return percpu_ref_init(&lasting->refs, lasting_release, 0, GFP_KERNEL);
}

int lasting_id(struct table *table)
{
	int id;

	rcu_read_lock();
	id = rcu_dereference(table->lasting)->id;
	rcu_read_unlock();
	return id;
}

void told_end(struct table *table, struct told *told)
{
	rcu_assign_pointer(table->told, NULL);
	percpu_ref_kill(&told->refs);
	wait_for_completion(&told->gone); // error: RCU402
	kfree(told);
}

int setup(struct quick *quick, struct slow *slow, struct told *told, struct hidden *hidden)
{
	return percpu_ref_init(&quick->refs, quick_release, 0, GFP_KERNEL)
		|| percpu_ref_init(&slow->refs, slow_release, 0, GFP_KERNEL)
		|| percpu_ref_init(&slow->users, slow_users_gone, 0, GFP_KERNEL)
		|| percpu_ref_init(&told->refs, &told_release, 0, GFP_KERNEL)
		|| percpu_ref_init(&hidden->refs, hidden_release, 0, GFP_KERNEL);
}

int ids(struct table *table)
{
	int sum = 0;

	rcu_read_lock();
	sum += rcu_dereference(table->quick)->id;
	sum += rcu_dereference(table->slow)->id;
	sum += rcu_dereference(table->told)->id;
	rcu_read_unlock();
	return sum;
}

/* Members for a grace period, and functions made to run behind one, that nothing uses so. */
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

/* Its member is unused. */
struct left {
	struct list_head node;
	struct rcu_head rcu;
};

void left_free(struct left *left)
{
	kfree(left); // error: RCU401
}

struct left *left_make(int id)
{
	struct left *left = kmalloc(sizeof(*left), GFP_KERNEL);

	if (left && id < 0) {
		kfree(left);
		left = NULL;
	}
	return left;
}

/* Its member is used. */
struct used {
	struct rcu_head rcu;
};

void used_free(struct used *used)
{
	kfree_rcu(used, rcu);
}

void used_fail(struct used *used)
{
	kfree(used);
}

/* A callback that nothing has called back. */
struct late {
	struct rcu_head rcu;
};

static void late_free(struct rcu_head *head)
{
	struct late *late = container_of(head, struct late, rcu);

	kfree(late);
}

void late_put(struct late *late)
{
	late_free(&late->rcu); // error: RCU401
}

/* One that is. */
struct soon {
	struct rcu_head rcu;
};

static void soon_free(struct rcu_head *head)
{
	kfree(container_of(head, struct soon, rcu));
}

void soon_put(struct soon *soon)
{
	call_rcu(&soon->rcu, soon_free);
}

void soon_fail(struct soon *soon)
{
	soon_free(&soon->rcu);
}

/* A work that waits for nobody. */
struct job {
	struct rcu_work rwork;
	struct work_struct work;
};

void job_done(struct job *job, struct workqueue_struct *queue)
{
	queue_work(queue, &job->rwork.work); // error: RCU401
	queue_work(queue, &job->work);
}

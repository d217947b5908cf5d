#include <linux/kernel.h>
#include <linux/rcupdate.h>
#include <linux/srcu.h>
#include <linux/mutex.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <linux/syscalls.h>
#include <linux/device.h>
#include <linux/workqueue.h>

struct shape {
	int rate;
};

struct port {
	struct shape __rcu *shape;
	struct work_struct work;
	struct rcu_head rcu;
	struct mutex lock;
	struct srcu_struct srcu;
};

#define port_shape(p)	rcu_dereference((p)->shape)

/* Work, and what it calls. */
static int helper(struct port *p)
{
	return rcu_dereference(p->shape)->rate; // error: RCU301
}

static int helper_in_reader(struct port *p)
{
	return port_shape(p)->rate;
}

static void work(struct work_struct *work)
{
	struct port *p = container_of(work, struct port, work);

	helper(p);
	rcu_read_lock();
	helper_in_reader(p);
	rcu_read_unlock();
}

void init(struct port *p)
{
	INIT_WORK(&p->work, work);
}

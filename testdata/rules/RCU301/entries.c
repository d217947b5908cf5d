// Loads for readers in functions of which it is known who calls them.
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

static struct port port;

#define port_shape(p)	rcu_dereference((p)->shape)

/* From user space. */
SYSCALL_DEFINE1(port_rate, int, flags)
{
	return rcu_dereference(port.shape)->rate; // error: RCU301
}

/* A file in sysfs. */
static ssize_t rate_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return rcu_dereference(port.shape)->rate; // error: RCU301
}
static DEVICE_ATTR_RO(rate);

/* Readers of a domain. */
static void domain_work(struct work_struct *work)
{
	struct port *p = container_of(work, struct port, work);
	int idx;

	srcu_dereference(p->shape, &p->srcu); // error: RCU301
	idx = srcu_read_lock(&p->srcu);
	srcu_dereference(p->shape, &p->srcu);
	srcu_read_unlock(&p->srcu, idx);
}

void init_domain(struct port *p)
{
	INIT_WORK(&p->work, domain_work);
}

/* Who calls this is not known. */
int exported(struct port *p)
{
	return rcu_dereference(p->shape)->rate;
}

static int named_elsewhere(struct port *p)
{
	return rcu_dereference(p->shape)->rate;
}

struct ops {
	int (*rate)(struct port *p);
} ops = { .rate = named_elsewhere };

/* An RCU callback cannot be interrupted by a grace period. */
static void callback(struct rcu_head *head)
{
	struct port *p = container_of(head, struct port, rcu);

	rcu_dereference(p->shape);
}

void post(struct port *p)
{
	call_rcu(&p->rcu, callback);
}

/* Under a lock; or nobody else can see the object. */
SYSCALL_DEFINE1(port_other, int, flags)
{
	struct port *own = kzalloc(sizeof(*own), GFP_KERNEL);
	int rate;

	mutex_lock(&port.lock);
	rate = rcu_dereference(port.shape)->rate;
	mutex_unlock(&port.lock);
	rcu_dereference(own->shape);
	return rate;
}

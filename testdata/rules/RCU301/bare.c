// One way on which no reader section can be is enough: not all callers have to be known.
#include <linux/kernel.h>
#include <linux/rcupdate.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

struct shape {
	int rate;
};

struct port {
	struct shape __rcu *shape;
	struct work_struct work;
	struct mutex lock;
	spinlock_t spin;
	int flags;
};

void touch(struct port *port);

/* Whoever calls this may sleep. */
int beside_a_mutex(struct port *port)
{
	int rate = rcu_dereference(port->shape)->rate; // error: RCU301

	mutex_lock(&port->lock);
	rate += port->flags;
	mutex_unlock(&port->lock);
	return rate;
}

/* Not on the same way. */
int one_or_the_other(struct port *port)
{
	if (port->flags)
		return rcu_dereference(port->shape)->rate;
	mutex_lock(&port->lock);
	touch(port);
	mutex_unlock(&port->lock);
	return 0;
}

/* Only sometimes. */
int sometimes(struct port *port, int flag)
{
	if (flag)
		mutex_lock(&port->lock);
	return rcu_dereference(port->shape)->rate;
}

/* It asks. */
int asks(struct port *port, bool atomic)
{
	if (!atomic)
		cond_resched();
	return rcu_dereference(port->shape)->rate;
}

/* The callers' section was left to sleep, and another begun. */
int pauses(struct port *port)
{
	rcu_read_unlock();
	mutex_lock(&port->lock);
	mutex_unlock(&port->lock);
	rcu_read_lock();
	return rcu_dereference(port->shape)->rate;
}

/* Not in a lock of its own. */
int under_a_lock(struct port *port)
{
	int rate;

	might_sleep();
	spin_lock(&port->spin);
	rate = rcu_dereference(port->shape)->rate;
	spin_unlock(&port->spin);
	return rate;
}

/* One of the callers is work, what the others do is not known. */
int called_by_work(struct port *port)
{
	return rcu_dereference(port->shape)->rate; // error: RCU301
}

static void port_work(struct work_struct *work)
{
	struct port *port = container_of(work, struct port, work);

	called_by_work(port);
}

void port_init(struct port *port)
{
	INIT_WORK(&port->work, port_work);
}

/* The callers that are known are readers. */
int called_by_readers(struct port *port)
{
	return rcu_dereference(port->shape)->rate;
}

int reader(struct port *port)
{
	int rate;

	might_sleep();
	rcu_read_lock();
	rate = called_by_readers(port);
	rcu_read_unlock();
	return rate;
}

/* Called under a condition that asks whether it is a path walk of readers. */
int called_in_path_walk(struct port *port)
{
	return rcu_dereference(port->shape)->rate;
}

#define MAY_NOT_BLOCK 0x80

int permission(struct port *port, int mask)
{
	if (mask & MAY_NOT_BLOCK)
		return called_in_path_walk(port);
	return 0;
}

int permission_of_path(struct port *port)
{
	might_sleep();
	return permission(port, 0);
}

/* There is nothing to load from where it is called with nothing held. */
int called_without(struct port *port)
{
	return port ? rcu_dereference(port->shape)->rate : 0;
}

int calls_without(void)
{
	might_sleep();
	return called_without(NULL);
}

/* As in a walk of a path: nothing is given only where a reader calls. */
static int rate_for(struct port *given, struct port *port)
{
	if (!given)
		return rcu_dereference(port->shape)->rate;
	return given->flags;
}

static int rate_otherwise(struct port *given, struct port *port)
{
	if (given)
		return given->flags;
	else
		return rcu_dereference(port->shape)->rate;
}

static int rate_anyhow(struct port *given, struct port *port)
{
	if (!given->flags)
		return rcu_dereference(port->shape)->rate; // error: RCU301
	return given->flags;
}

int rates(struct port *port)
{
	might_sleep();
	return rate_for(port, port) + rate_otherwise(port, port) + rate_anyhow(port, port);
}

int print(const char *format, ...);

#define print_locked(format, args...)	\
	do {				\
		rcu_read_lock();	\
		print(format, ##args);	\
		rcu_read_unlock();	\
	} while (0)
#define complain(format, args...)	print_locked("bad: " format, ##args)
#define remark(format, args...)		print("note: " format, ##args)

/* The macro takes the section. */
void says(struct port *port)
{
	might_sleep();
	complain("%d", rcu_dereference(port->shape)->rate);
	remark("%d", rcu_dereference(port->shape)->rate); // error: RCU301
}

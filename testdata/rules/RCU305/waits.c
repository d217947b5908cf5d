// Grace periods that are waited for where that cannot end well.
#include <linux/kernel.h>
#include <linux/rcupdate.h>
#include <linux/srcu.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>

struct port {
	struct rcu_head rcu;
	struct mutex lock;
	spinlock_t spin;
	struct srcu_struct srcu, other;
	int flags;
};

void rcu_barrier(void);
void touch(struct port *port);

void in_reader(struct port *port)
{
	rcu_read_lock();
	synchronize_rcu(); // error: RCU305
	rcu_barrier(); // error: RCU305
	rcu_read_unlock();
	synchronize_rcu();
}

void in_bh_reader(struct port *port)
{
	rcu_read_lock_bh();
	synchronize_rcu(); // error: RCU305
	rcu_read_unlock_bh();
}

void of_domains(struct port *port)
{
	int idx = srcu_read_lock(&port->srcu);

	synchronize_srcu(&port->srcu); // error: RCU305
	synchronize_srcu(&port->other);
	synchronize_rcu();
	srcu_read_unlock(&port->srcu, idx);
}

void under_locks(struct port *port)
{
	mutex_lock(&port->lock);
	synchronize_rcu();
	spin_lock(&port->spin);
	synchronize_rcu(); // error: RCU305
	spin_unlock(&port->spin);
	synchronize_rcu();
	mutex_unlock(&port->lock);
}

static void flush(struct port *port)
{
	touch(port);
	synchronize_rcu();
}

void through_a_function(struct port *port)
{
	rcu_read_lock();
	flush(port); // error: RCU305
	rcu_read_unlock();
}

/* An RCU callback runs with softirqs off. */
static void freed(struct rcu_head *head)
{
	synchronize_rcu(); // error: RCU305
}

void post(struct port *port)
{
	call_rcu(&port->rcu, freed);
}

/* The lock that callers hold is dropped first. */
static void dropped(struct port *port)
{
	spin_unlock(&port->spin);
	synchronize_rcu();
	spin_lock(&port->spin);
}

void drops(struct port *port)
{
	spin_lock(&port->spin);
	dropped(port);
	spin_unlock(&port->spin);
}

static void flush_sometimes(struct port *port, int flag)
{
	if (flag)
		synchronize_rcu(); // error: RCU305
}

/* No call is sure to wait; what is known of all of them is told where the wait is. */
void through_a_condition(struct port *port, int flag)
{
	rcu_read_lock();
	flush_sometimes(port, flag);
	rcu_read_unlock();
}

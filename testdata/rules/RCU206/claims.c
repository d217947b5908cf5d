// What an access claims is no section; what the function says of itself is one.
#include <linux/kernel.h>
#include <linux/rcupdate.h>
#include <linux/spinlock.h>

struct shape {
	int rate;
};

struct port {
	struct shape __rcu *shapes[4];
	spinlock_t lock;
};

int sum(struct port *port)
{
	int i, sum = 0;

	for (i = 0; i < 4; i++) {
		rcu_read_lock();
		sum += rcu_dereference_bh(port->shapes[i])->rate; // warning: RCU206
		rcu_read_unlock();
	}
	return sum;
}

int twice(struct port *port)
{
	int sum;

	rcu_read_lock();
	sum = rcu_dereference_bh(port->shapes[0])->rate; // warning: RCU206
	sum += rcu_dereference_bh(port->shapes[1])->rate; // warning: RCU206
	rcu_read_unlock();
	return sum;
}

int said(struct port *port)
{
	int rate;

	RCU_LOCKDEP_WARN(!rcu_read_lock_bh_held(), "for senders");
	rcu_read_lock();
	rate = rcu_dereference_bh(port->shapes[0])->rate;
	rcu_read_unlock();
	return rate;
}

static int inner(struct port *port)
{
	int rate;

	rcu_read_lock();
	rate = rcu_dereference_bh(port->shapes[0])->rate;
	rcu_read_unlock();
	return rate;
}

int outer(struct port *port)
{
	int rate;

	spin_lock_bh(&port->lock);
	rate = inner(port);
	spin_unlock_bh(&port->lock);
	return rate;
}

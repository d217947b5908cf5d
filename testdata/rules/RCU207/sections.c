// Which locks keep updaters out, and which names are alike.
#include <linux/kernel.h>
#include <linux/rcupdate.h>
#include <linux/spinlock.h>
#include <linux/mutex.h>

struct peer {
	int rate;
};

struct port {
	struct peer __rcu *peer;
	spinlock_t lock;
	struct mutex busy;
};

/* The variable is called like the member. */
int alike(struct port *port)
{
	struct peer *peer;
	int rate;

	rcu_read_lock();
	peer = rcu_dereference(port->peer);
	rate = peer && peer->rate ? rcu_dereference(port->peer)->rate : 0; // warning: RCU207
	rcu_read_unlock();
	return rate;
}

/* A section in spite of the lock: it is not what keeps the pointer. */
int section(struct port *port)
{
	struct peer *one;
	int rate = 0;

	lockdep_assert_held(&port->busy);
	rcu_read_lock();
	one = rcu_dereference(port->peer);
	if (one && one->rate)
		rate = rcu_dereference(port->peer)->rate; // warning: RCU207
	rcu_read_unlock();
	return rate;
}

/* Taken here: looked at again under the lock. */
int again(struct port *port)
{
	struct peer *one;
	int rate = 0;

	rcu_read_lock();
	one = rcu_dereference(port->peer);
	if (one && one->rate) {
		spin_lock(&port->lock);
		rate = rcu_dereference(port->peer)->rate;
		spin_unlock(&port->lock);
	}
	rcu_read_unlock();
	return rate;
}

int twice(struct port *port)
{
	int sum;

	rcu_read_lock();
	sum = rcu_dereference(port->peer)->rate;
	sum += rcu_dereference(port->peer)->rate; // note: RCU207
	rcu_read_unlock();
	return sum;
}

/* Who stores to it knows what is there. */
void set(struct port *port, struct peer *peer)
{
	rcu_read_lock();
	rcu_assign_pointer(port->peer, peer);
	rcu_dereference(port->peer)->rate = 1;
	rcu_dereference(port->peer)->rate = 2;
	rcu_read_unlock();
}

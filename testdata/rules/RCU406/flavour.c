/* Which readers see an object, and for which its end waits. */
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/srcu.h>

struct cfg {
	int mtu;
	struct rcu_head rcu;
};

struct peer {
	struct list_head node;
	struct list_head plain;
	int mtu;
	struct rcu_head rcu;
};

struct port {
	struct cfg __rcu *slow;
	struct cfg __rcu *fast;
	struct cfg __rcu *both;
	struct srcu_struct srcu;
	struct srcu_struct other;
	struct list_head peers;
	struct list_head plain;
	struct mutex lock;
};

int port_slow(struct port *port)
{
	int idx, mtu;

	idx = srcu_read_lock(&port->srcu);
	mtu = srcu_dereference(port->slow, &port->srcu)->mtu;
	srcu_read_unlock(&port->srcu, idx);
	return mtu;
}

int port_fast(struct port *port)
{
	int mtu;

	rcu_read_lock();
	mtu = rcu_dereference(port->fast)->mtu;
	rcu_read_unlock();
	return mtu;
}

/* Whoever waits for either kind has waited for these. */
int port_both(struct port *port)
{
	int idx, mtu;

	idx = srcu_read_lock(&port->srcu);
	rcu_read_lock();
	mtu = rcu_dereference(port->both)->mtu;
	rcu_read_unlock();
	srcu_read_unlock(&port->srcu, idx);
	return mtu;
}

int peers_mtu(struct port *port)
{
	struct peer *peer;
	int idx, sum = 0;

	idx = srcu_read_lock(&port->srcu);
	list_for_each_entry_rcu(peer, &port->peers, node)
		sum += peer->mtu;
	srcu_read_unlock(&port->srcu, idx);
	return sum;
}

int plain_mtu(struct port *port)
{
	struct peer *peer;
	int sum = 0;

	rcu_read_lock();
	list_for_each_entry_rcu(peer, &port->plain, plain)
		sum += peer->mtu;
	rcu_read_unlock();
	return sum;
}

static struct cfg *port_take(struct port *port)
{
	return NULL;
}

void slow_waits_for_rcu(struct port *port, struct cfg *new)
{
	struct cfg *old;

	old = rcu_replace_pointer(port->slow, new, lockdep_is_held(&port->lock));
	synchronize_rcu();
	kfree(old); // error: RCU406
}

void slow_is_deferred(struct port *port, struct cfg *new)
{
	struct cfg *old;

	old = rcu_dereference_protected(port->slow, lockdep_is_held(&port->lock));
	rcu_assign_pointer(port->slow, new);
	kfree_rcu(old, rcu); // error: RCU406
}

void slow_waits_for_another_domain(struct port *port, struct cfg *new)
{
	struct cfg *old;

	old = rcu_replace_pointer(port->slow, new, lockdep_is_held(&port->lock));
	synchronize_srcu(&port->other);
	kfree(old); // error: RCU406
}

void slow_waits(struct port *port, struct cfg *new)
{
	struct cfg *old;

	old = rcu_replace_pointer(port->slow, new, lockdep_is_held(&port->lock));
	synchronize_srcu(&port->srcu);
	kfree(old);
}

/* One for the readers, one for somebody else. */
void slow_waits_twice(struct port *port, struct cfg *new)
{
	struct cfg *old;

	old = rcu_replace_pointer(port->slow, new, lockdep_is_held(&port->lock));
	synchronize_srcu(&port->srcu);
	kfree_rcu(old, rcu);
}

void fast_waits_for_srcu(struct port *port, struct cfg *new)
{
	struct cfg *old;

	old = rcu_replace_pointer(port->fast, new, lockdep_is_held(&port->lock));
	synchronize_srcu(&port->srcu);
	kfree(old); // error: RCU406
}

void fast_waits(struct port *port, struct cfg *new)
{
	struct cfg *old;

	old = rcu_replace_pointer(port->fast, new, lockdep_is_held(&port->lock));
	synchronize_rcu();
	kfree(old);
}

void both_wait(struct port *port, struct cfg *new, struct cfg *newer)
{
	struct cfg *old;

	old = rcu_replace_pointer(port->both, new, lockdep_is_held(&port->lock));
	synchronize_srcu(&port->srcu);
	kfree(old);
	old = rcu_replace_pointer(port->both, newer, lockdep_is_held(&port->lock));
	synchronize_rcu();
	kfree(old);
}

void listed(struct port *port, struct peer *peer)
{
	list_del_rcu(&peer->node);
	kfree_rcu(peer, rcu); // error: RCU406
}

void listed_waits(struct port *port, struct peer *peer)
{
	list_del_rcu(&peer->node);
	synchronize_srcu(&port->srcu);
	kfree(peer);
}

/* The readers of the other list are others. */
void listed_elsewhere(struct port *port, struct peer *peer)
{
	list_del_rcu(&peer->plain);
	kfree_rcu(peer, rcu);
}

static void peer_free(struct rcu_head *head)
{
	struct peer *peer = container_of(head, struct peer, rcu);

	peer->mtu = 0;
	kfree(peer);
}

static void peer_wait(struct rcu_head *head)
{
	struct peer *peer = container_of(head, struct peer, rcu);

	kfree_rcu(peer, rcu);
}

void plain_called(struct port *port, struct peer *peer)
{
	list_del_rcu(&peer->plain);
	call_srcu(&port->srcu, &peer->rcu, peer_free); // error: RCU406
}

/* One grace period behind the other. */
void plain_chained(struct port *port, struct peer *peer)
{
	list_del_rcu(&peer->plain);
	call_srcu(&port->srcu, &peer->rcu, peer_wait);
}

/* What becomes of it is not seen. */
void slow_only_waits(struct port *port)
{
	rcu_assign_pointer(port->slow, NULL);
	synchronize_rcu(); // error: RCU406
}

void slow_only_waits_twice(struct port *port)
{
	rcu_assign_pointer(port->slow, NULL);
	synchronize_rcu();
	synchronize_srcu(&port->srcu);
}

/* One wait for one, one for the other. */
void each_waits(struct port *port)
{
	rcu_assign_pointer(port->slow, NULL);
	rcu_assign_pointer(port->fast, NULL);
	synchronize_rcu();
	synchronize_srcu(&port->srcu);
}

void only_fast_waits(struct port *port)
{
	rcu_assign_pointer(port->slow, NULL);
	rcu_assign_pointer(port->fast, NULL);
	synchronize_rcu();
}

/* Who has both knows when there are which readers. */
void either(struct port *port, struct peer *peer, bool fast)
{
	list_del_rcu(&peer->node);
	if (fast)
		kfree_rcu(peer, rcu);
	else
		call_srcu(&port->srcu, &peer->rcu, peer_free);
}

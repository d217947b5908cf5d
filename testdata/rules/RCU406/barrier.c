/* rcu_barrier() waits for callbacks, not for readers. */
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>

struct cfg {
	int mtu;
	struct rcu_head rcu;
};

struct peer {
	struct list_head node;
	int mtu;
	struct cfg __rcu *cfg;
	struct mutex lock;
};

static LIST_HEAD(peers);

int peers_mtu(void)
{
	struct peer *peer;
	int sum = 0;

	rcu_read_lock();
	list_for_each_entry_rcu(peer, &peers, node)
		sum += peer->mtu;
	rcu_read_unlock();
	return sum;
}

static void cfg_free(struct rcu_head *head)
{
	struct cfg *cfg = container_of(head, struct cfg, rcu);

	cfg->mtu = 0;
	kfree(cfg);
}

void listed(struct peer *peer)
{
	list_del_rcu(&peer->node);
	rcu_barrier();
	kfree(peer); // error: RCU406
}

void stored(struct peer *peer)
{
	struct cfg *old;

	old = rcu_replace_pointer(peer->cfg, NULL, lockdep_is_held(&peer->lock));
	rcu_barrier();
	kfree(old); // error: RCU406
}

/* Here it is for those of before. */
void both(struct peer *peer)
{
	list_del_rcu(&peer->node);
	synchronize_rcu();
	rcu_barrier();
	kfree(peer);
}

void both_the_other_way(struct peer *peer)
{
	list_del_rcu(&peer->node);
	rcu_barrier();
	synchronize_rcu();
	kfree(peer);
}

/* The callback was posted behind it: it runs behind a grace period that began later. */
void posted(struct peer *peer)
{
	struct cfg *old;

	list_del_rcu(&peer->node);
	old = rcu_replace_pointer(peer->cfg, NULL, lockdep_is_held(&peer->lock));
	call_rcu(&old->rcu, cfg_free);
	rcu_barrier();
	kfree(peer);
}

static void peer_strip(struct peer *peer)
{
	struct cfg *old;

	old = rcu_replace_pointer(peer->cfg, NULL, lockdep_is_held(&peer->lock));
	call_rcu(&old->rcu, cfg_free);
}

void posted_below(struct peer *peer)
{
	list_del_rcu(&peer->node);
	peer_strip(peer);
	rcu_barrier();
	kfree(peer);
}

/* What was posted before may have been called before. */
void posted_before(struct peer *peer)
{
	peer_strip(peer);
	list_del_rcu(&peer->node);
	rcu_barrier();
	kfree(peer); // error: RCU406
}

/* Not on this way. */
void sometimes(struct peer *peer, bool wait)
{
	list_del_rcu(&peer->node);
	if (wait)
		synchronize_rcu();
	rcu_barrier();
	if (wait)
		kfree(peer);
}

/* It ends elsewhere; that readers look at it, is seen here. */
void only_barrier(struct peer *peer)
{
	list_del_rcu(&peer->node);
	rcu_barrier(); // error: RCU406
}

void only_wait(struct peer *peer)
{
	list_del_rcu(&peer->node);
	synchronize_rcu();
}

/* Nobody is seen to load this one. */
void no_readers(struct peer *peer)
{
	rcu_assign_pointer(peer->cfg, NULL);
	rcu_barrier();
}

/* The barrier is for what was posted. */
void only_barrier_behind_a_post(struct peer *peer)
{
	peer_strip(peer);
	list_del_rcu(&peer->node);
	rcu_barrier();
}

void never_shown(void)
{
	struct peer *peer = kmalloc(sizeof(*peer), GFP_KERNEL);

	if (!peer)
		return;
	rcu_barrier();
	kfree(peer);
}

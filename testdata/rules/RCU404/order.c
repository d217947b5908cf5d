/* What comes first: that new readers are kept away, or the end. */
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
	struct rcu_head rcu;
	struct cfg __rcu *cfg;
	struct mutex lock;
};

void peer_gone(struct peer *peer);

static void peer_free(struct rcu_head *head)
{
	struct peer *peer = container_of(head, struct peer, rcu);

	peer_gone(peer);
	kfree(peer);
}

void defer_first(struct peer *peer)
{
	kfree_rcu(peer, rcu); // error: RCU404
	list_del_rcu(&peer->node);
}

void call_first(struct peer *peer)
{
	call_rcu(&peer->rcu, peer_free); // error: RCU404
	list_del_rcu(&peer->node);
}

void defer_last(struct peer *peer)
{
	list_del_rcu(&peer->node);
	kfree_rcu(peer, rcu);
}

void replace_late(struct peer *peer, struct cfg *new)
{
	struct cfg *old;

	mutex_lock(&peer->lock);
	old = rcu_dereference_protected(peer->cfg, lockdep_is_held(&peer->lock));
	kfree_rcu(old, rcu); // error: RCU404
	rcu_assign_pointer(peer->cfg, new);
	mutex_unlock(&peer->lock);
}

void wait_first(struct peer *peer)
{
	synchronize_rcu();
	list_del_rcu(&peer->node);
	kfree(peer); // error: RCU404
}

void wait_twice(struct peer *peer)
{
	synchronize_rcu();
	list_del_rcu(&peer->node);
	synchronize_rcu();
	kfree(peer);
}

void two_peers(struct peer *peer, struct peer *other)
{
	kfree_rcu(peer, rcu);
	list_del_rcu(&other->node);
}

/* Whether anybody else can see it, is not said. */
void free_loaded_plainly(struct peer *peer)
{
	struct cfg *cfg = peer->cfg; // error: RCU101

	kfree(cfg);
	RCU_INIT_POINTER(peer->cfg, NULL);
}

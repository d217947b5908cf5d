/* Objects that are taken from readers and freed at once. */
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>

struct cfg {
	int mtu;
	struct cfg __rcu *next;
};

struct peer {
	struct list_head node;
	struct hlist_node hash;
	struct mutex lock;
	struct cfg __rcu *cfg;
};

/* Nobody is seen to walk these. */
struct quiet {
	struct list_head node;
};

int sum_mtus(struct list_head *peers)
{
	struct peer *peer;
	int sum = 0;

	rcu_read_lock();
	list_for_each_entry_rcu(peer, peers, node)
		sum += rcu_dereference(peer->cfg)->mtu;
	rcu_read_unlock();
	return sum;
}

static void unlink_peer(struct peer *peer)
{
	list_del_rcu(&peer->node);
}

static void drop_peer(struct peer *peer)
{
	kfree(peer);
}

static void unlink_slowly(struct peer *peer)
{
	list_del_rcu(&peer->node);
	synchronize_rcu();
}

void remove_list(struct peer *peer)
{
	list_del_rcu(&peer->node);
	kfree(peer); // error: RCU401
}

void remove_hash(struct peer *peer)
{
	hlist_del_rcu(&peer->hash);
	drop_peer(peer); // error: RCU401
}

void remove_by_function(struct peer *peer)
{
	unlink_peer(peer);
	kfree(peer); // error: RCU401
}

void remove_after_wait(struct peer *peer)
{
	list_del_rcu(&peer->node);
	synchronize_rcu();
	kfree(peer);
}

void remove_after_wait_inside(struct peer *peer)
{
	unlink_slowly(peer);
	drop_peer(peer);
}

void remove_on_one_way(struct peer *peer, bool wait)
{
	list_del_rcu(&peer->node);
	if (wait)
		synchronize_rcu();
	kfree(peer);
}

void remove_other(struct peer *peer, struct peer *other)
{
	list_del_rcu(&peer->node);
	kfree(other);
}

void replace_cfg(struct peer *peer, struct cfg *new)
{
	struct cfg *old;

	mutex_lock(&peer->lock);
	old = rcu_dereference_protected(peer->cfg, lockdep_is_held(&peer->lock));
	rcu_assign_pointer(peer->cfg, new);
	mutex_unlock(&peer->lock);
	kfree(old); // error: RCU401
}

void clear_cfg(struct peer *peer)
{
	struct cfg *old;

	mutex_lock(&peer->lock);
	old = rcu_replace_pointer(peer->cfg, NULL, lockdep_is_held(&peer->lock));
	mutex_unlock(&peer->lock);
	kfree(old); // error: RCU401
}

void clear_cfg_of_nobody(struct peer *peer)
{
	struct cfg *old = rcu_dereference_protected(peer->cfg, 1);

	RCU_INIT_POINTER(peer->cfg, NULL);
	kfree(old);
}

void unlink_cfg(struct peer *peer, struct cfg *cfg, struct cfg *prev)
{
	struct cfg *next;

	mutex_lock(&peer->lock);
	next = rcu_dereference_protected(cfg->next, lockdep_is_held(&peer->lock));
	rcu_assign_pointer(prev->next, next);
	mutex_unlock(&peer->lock);
	kfree(cfg); // error: RCU401
}

void remove_quiet(struct quiet *quiet)
{
	list_del_rcu(&quiet->node);
	kfree(quiet);
}

void plain_list(struct peer *peer)
{
	list_del(&peer->node);
	kfree(peer);
}

static void free_after_wait(struct peer *peer)
{
	unlink_peer(peer);
	kfree(peer);
}

void remove_all(struct peer *peer)
{
	synchronize_rcu();
	free_after_wait(peer);
}

int peer_start(struct peer *peer);

/* Readers could find it in between. */
int add_cfg(struct peer *peer)
{
	struct cfg *cfg = kmalloc(sizeof(*cfg), GFP_KERNEL);

	if (!cfg)
		return -ENOMEM;
	rcu_assign_pointer(peer->cfg, cfg);
	if (peer_start(peer)) {
		RCU_INIT_POINTER(peer->cfg, NULL);
		kfree(cfg); // error: RCU401
		return -EINVAL;
	}
	return 0;
}

void remove_loaded_plainly(struct peer *peer)
{
	struct cfg *old = peer->cfg; // error: RCU101

	RCU_INIT_POINTER(peer->cfg, NULL);
	kfree(old); // error: RCU401
}

/* Nobody has seen the array. */
int resize(struct peer *peer, int count)
{
	struct cfg *all = kzalloc_objs(*all, count);

	if (!all)
		return -ENOMEM;
	all[0] = *rcu_access_pointer(peer->cfg);
	kfree(all);
	return 0;
}

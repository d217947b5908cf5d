// What was there is kept for readers, and who loads it without the lock must be one.
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

struct rings {
	int count;
	struct list_head node;
	struct rcu_head rcu;
};

struct nic {
	struct rings *rings; // warning: RCU108
	struct rings *waited; // warning: RCU108
	// What was there is in a list as well.
	struct rings *listed;
	// Another pointer is changed before the wait.
	struct rings *second;
	// Set without a lock.
	struct rings *free;
	// Loaded by those who change it.
	struct rings *own;
	struct rings __rcu *main;
	spinlock_t lock;
};

int nic_rings(struct nic *nic)
{
	return nic->rings->count + nic->waited->count + nic->listed->count + nic->second->count +
	       nic->free->count;
}

static void rings_free(struct rings *rings)
{
	list_del_rcu(&rings->node);
	kfree_rcu(rings, rcu);
}

static void change(struct nic *nic, struct rings *rings)
{
	struct rings *old;

	spin_lock(&nic->lock);
	old = nic->rings;
	nic->rings = rings;
	kfree_rcu(old, rcu);
	old = nic->own;
	nic->own = rings;
	kfree_rcu(old, rcu);
	spin_unlock(&nic->lock);
}

static void change_listed(struct nic *nic, struct rings *rings)
{
	struct rings *old;

	spin_lock(&nic->lock);
	old = nic->listed;
	nic->listed = rings;
	spin_unlock(&nic->lock);
	rings_free(old);
}

static void change_waited(struct nic *nic, struct rings *rings)
{
	struct rings *old;

	spin_lock(&nic->lock);
	old = nic->waited;
	nic->waited = rings;
	spin_unlock(&nic->lock);
	synchronize_rcu();
	kfree(old);
}

static void change_second(struct nic *nic, struct rings *rings)
{
	struct rings *old;

	spin_lock(&nic->lock);
	old = nic->second;
	nic->second = rings;
	rcu_assign_pointer(nic->main, rings);
	spin_unlock(&nic->lock);
	synchronize_rcu();
	kfree(old);
}

static void change_free(struct nic *nic, struct rings *rings)
{
	struct rings *old = nic->free;

	nic->free = rings;
	kfree_rcu(old, rcu);
}

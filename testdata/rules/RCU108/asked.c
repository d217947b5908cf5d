// Reset under a lock, and readers who ask whether it is.
#include <linux/kernel.h>
#include <linux/rcupdate.h>
#include <linux/spinlock.h>

struct vif {
	int id;
};

struct radio {
	struct vif *beacon; // warning: RCU108
	// Asked for in one place only.
	struct vif *once;
	spinlock_t lock;
};

int vif_count(struct vif *vif);

static int count(struct radio *radio)
{
	struct vif *beacon, *once;
	int count = 0;

	rcu_read_lock();
	beacon = radio->beacon;
	if (beacon)
		count += vif_count(beacon);
	once = radio->once;
	if (once)
		count += vif_count(once);
	rcu_read_unlock();
	return count;
}

static int notify(struct radio *radio)
{
	struct vif *beacon;
	int count = 0;

	rcu_read_lock();
	beacon = radio->beacon;
	if (beacon)
		count = vif_count(beacon);
	rcu_read_unlock();
	return count;
}

static void start(struct radio *radio, struct vif *vif)
{
	radio->beacon = vif;
	radio->once = vif;
}

static void stop(struct radio *radio)
{
	spin_lock(&radio->lock);
	radio->beacon = NULL;
	radio->once = NULL;
	spin_unlock(&radio->lock);
}

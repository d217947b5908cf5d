/* Loops for readers where nothing is held, whoever calls. */
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/syscalls.h>

struct peer {
	struct list_head node;
	struct hlist_node hash;
	int id;
};

static LIST_HEAD(peers);
static struct hlist_head table[16];
static struct mutex lock;

SYSCALL_DEFINE1(bare, int, id)
{
	struct peer *peer;

	list_for_each_entry_rcu(peer, &peers, node) { // error: RCU503
		if (peer->id == id)
			return 1;
	}
	hlist_for_each_entry_rcu(peer, &table[id], hash) // error: RCU503
		id++;
	/* The condition says what protects it. */
	list_for_each_entry_rcu(peer, &peers, node, lockdep_is_held(&lock))
		id++;
	return 0;
}

SYSCALL_DEFINE1(held, int, id)
{
	struct peer *peer;

	rcu_read_lock();
	list_for_each_entry_rcu(peer, &peers, node)
		id += peer->id;
	rcu_read_unlock();
	mutex_lock(&lock);
	list_for_each_entry_rcu(peer, &peers, node)
		id += peer->id;
	mutex_unlock(&lock);
	list_for_each_entry_rcu(peer, &peers, node) // error: RCU503
		id += peer->id;
	return id;
}

static int sum(void)
{
	struct peer *peer;
	int all = 0;

	list_for_each_entry_rcu(peer, &peers, node) // error: RCU503
		all += peer->id;
	return all;
}

static int sum_locked(void)
{
	struct peer *peer;
	int all = 0;

	list_for_each_entry_rcu(peer, &peers, node)
		all += peer->id;
	return all;
}

SYSCALL_DEFINE1(calls, int, id)
{
	int all = sum();

	rcu_read_lock();
	all += sum_locked();
	rcu_read_unlock();
	return all + id;
}

/* Who calls it is not known. */
int exported_sum(void)
{
	struct peer *peer;
	int all = 0;

	list_for_each_entry_rcu(peer, &peers, node)
		all += peer->id;
	return all;
}

static int sum_of_unknown(void)
{
	struct peer *peer;
	int all = 0;

	list_for_each_entry_rcu(peer, &peers, node)
		all += peer->id;
	return all;
}

int exported_by_way(void)
{
	return sum_of_unknown();
}

/* Called with a reader section on some ways. */
static int sum_either(void)
{
	struct peer *peer;
	int all = 0;

	list_for_each_entry_rcu(peer, &peers, node)
		all += peer->id;
	return all;
}

SYSCALL_DEFINE1(either, int, id)
{
	if (id)
		rcu_read_lock();
	id += sum_either();
	return id;
}

/* Nobody else can reach a list of the function's own. */
SYSCALL_DEFINE1(own, int, id)
{
	struct peer *peer;
	LIST_HEAD(drained);

	list_splice_init_rcu(&peers, &drained, synchronize_rcu);
	list_for_each_entry_rcu(peer, &drained, node)
		id += peer->id;
	return id;
}

SYSCALL_DEFINE1(own_too, int, id)
{
	struct peer *peer;
	struct list_head drained;

	INIT_LIST_HEAD(&drained);
	list_splice_init_rcu(&peers, &drained, synchronize_rcu);
	list_for_each_entry_rcu(peer, &drained, node)
		id += peer->id;
	return id;
}

SYSCALL_DEFINE1(lasting, int, id)
{
	static LIST_HEAD(kept);
	struct peer *peer;

	list_for_each_entry_rcu(peer, &kept, node) // error: RCU503
		id += peer->id;
	return id;
}

/* One way there with nothing held is enough, whoever else calls. */
int sum_for_anybody(void)
{
	struct peer *peer;
	int all = 0;

	list_for_each_entry_rcu(peer, &peers, node) // error: RCU503
		all += peer->id;
	return all;
}

SYSCALL_DEFINE1(somebody, int, id)
{
	return id + sum_for_anybody();
}

/* Who sleeps is no reader, but may be the updater. */
int sum_after_sleep(void)
{
	struct peer *peer;
	int all = 0;

	might_sleep();
	list_for_each_entry_rcu(peer, &peers, node)
		all += peer->id;
	return all;
}

/* One of the callers hands in a list of its own. */
static int sum_of(struct list_head *head)
{
	struct peer *peer;
	int all = 0;

	list_for_each_entry_rcu(peer, head, node)
		all += peer->id;
	return all;
}

int sum_of_anybodys(struct list_head *head)
{
	return sum_of(head);
}

SYSCALL_DEFINE1(hands_in, int, id)
{
	struct list_head drained;

	INIT_LIST_HEAD(&drained);
	return id + sum_of(&drained);
}

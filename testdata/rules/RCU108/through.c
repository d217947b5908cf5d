// Changes through a pointer to the pointer.
#include <linux/kernel.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

struct entry {
	struct entry *next; // warning: RCU108
	int id;
	struct rcu_head rcu;
};

struct table {
	struct entry *first; // warning: RCU108
	// Its address goes elsewhere.
	struct entry *other;
	spinlock_t lock;
};

void entry_note(struct entry **at);

static int has(struct table *table, int id)
{
	struct entry *entry;
	int found = 0;

	rcu_read_lock();
	for (entry = table->first; entry; entry = entry->next)
		found |= entry->id == id;
	entry = table->other;
	if (entry)
		found |= entry->id == id;
	rcu_read_unlock();
	return found;
}

static void drop(struct table *table, int id)
{
	struct entry **at, *entry;

	spin_lock(&table->lock);
	for (at = &table->first; (entry = *at) != NULL; at = &entry->next) {
		if (entry->id == id) {
			*at = entry->next;
			kfree_rcu(entry, rcu);
			break;
		}
	}
	spin_unlock(&table->lock);
	entry_note(&table->other);
}

// Pointers that carry bits: marks, locks in the low bit, ends of chains.
#include <linux/kernel.h>
#include <linux/rcupdate.h>

struct head {
	struct head __rcu *next;
	int key;
};

/* Never an object: what it points to has to be made a head first. */
struct locked_head;

struct table {
	unsigned int size;
	struct locked_head __rcu *buckets[4];
};

void lock_bit(int bit, unsigned long *word);
void unlock_bit(int bit, unsigned long *word);

/* What stands for the end of a chain is a number. */
#define chain_end(bucket)	((struct head *)((unsigned long)(bucket) | 1UL))

static inline bool is_end(const struct head *head)
{
	return (unsigned long)head & 1;
}

static inline struct head __rcu *marked(struct head *head)
{
	return (struct head __rcu *)((unsigned long)head | 1UL);
}

static inline struct head *unmarked(struct head __rcu *head)
{
	return (struct head *)((unsigned long)head & ~1UL);
}

/* The lock's bit is taken off, and what is left is the head, or the end. */
static inline struct head *stripped(struct locked_head *locked, struct locked_head __rcu *const *bucket)
{
	return (struct head *)((unsigned long)locked & ~1UL ?: (unsigned long)chain_end(bucket));
}

static inline struct head *first_of(struct locked_head __rcu *const *bucket)
{
	return stripped(rcu_dereference_raw(*bucket), bucket);
}

static inline struct head __rcu **slot_of(struct locked_head __rcu **bucket)
{
	return (struct head __rcu **)((unsigned long)bucket & ~1UL);
}

static inline unsigned long lock(struct table *table, struct locked_head __rcu **bucket)
{
	/* The slot as a word: no pointer is taken from it. */
	lock_bit(0, (unsigned long *)bucket);
	return table->size;
}

static inline void unlock(struct locked_head __rcu **bucket, struct head *head)
{
	if (is_end(head))
		head = NULL;
	rcu_assign_pointer(*bucket, (void *)head);
	unlock_bit(0, (unsigned long __force *)bucket);
}

static inline void assign_locked(struct locked_head __rcu **bucket, struct head *head)
{
	rcu_assign_pointer(*bucket, (struct locked_head *)((unsigned long)head | 1UL));
}

int walked(struct table *table, struct head *head, int i)
{
	struct head *pos = first_of(&table->buckets[i]);
	int n = 0;

	for (; !is_end(pos); pos = rcu_dereference(pos->next))
		n += pos->key;
	n += rcu_dereference(*slot_of(&table->buckets[i]))->key;
	n += (*slot_of(&table->buckets[i]))->key; // error: RCU101
	pos = stripped(table->buckets[i], &table->buckets[i]); // error: RCU101
	pos = unmarked(head->next); // warning: RCU101
	pos = unmarked(marked(pos));
	head->next = marked(pos); // error: RCU102
	if ((unsigned long)head->next & 1) // error: RCU101
		return n;
	if ((unsigned long)rcu_access_pointer(head->next) & 1)
		return n;
	assign_locked(&table->buckets[i], pos);
	return n + lock(table, &table->buckets[i]);
}

void done(struct table *table, struct head *head)
{
	unlock(&table->buckets[0], head);
}

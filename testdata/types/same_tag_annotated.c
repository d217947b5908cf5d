// Another file has a struct entry of its own; this one's is annotated.
#include <linux/kernel.h>
#include <linux/rcupdate.h>

struct shape {
	int rate;
	int (*run)(int arg);
};

struct entry {
	struct shape __rcu *shape;
	int key;
};

int read_entry(struct entry *entry)
{
	return entry->shape->rate; // error: RCU101
}

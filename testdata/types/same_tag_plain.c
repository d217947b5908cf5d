// Another file has a struct entry of its own; this one's is plain.
#include <linux/kernel.h>
#include <linux/rcupdate.h>

struct shape {
	int rate;
	int (*run)(int arg);
};

struct entry {
	struct shape *shape;
	int key;
};

int read_entry(struct entry *entry)
{
	if (!entry->shape)
		return 0;
	entry->shape = NULL;
	return entry->shape->rate;
}

// Copies and clearing of whole objects.
#include <linux/kernel.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>

struct shape {
	int rate;
};

struct table {
	int nr;
	struct shape __rcu *slots[4];
};

struct holder {
	struct table table;
	struct table *next;
};

struct table *copies(struct table *from, struct holder *holder)
{
	struct table local = *from;
	struct table *to = kmemdup(from, sizeof(*from), GFP_KERNEL);

	if (!to)
		return NULL;
	*to = *from;
	holder->table = *from;
	memcpy(to->slots, from->slots, sizeof(from->slots));
	memcpy(&to->slots[1], &from->slots[1], sizeof(from->slots[0]));
	memset(to->slots, 0, sizeof(to->slots));
	memset(&local, 0, sizeof(local));
	holder->next = to;
	return to;
}

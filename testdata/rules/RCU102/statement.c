// A plain store of something other than NULL.
#include <linux/kernel.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>

struct node {
	struct node __rcu *next;
	int key;
};

struct chain {
	struct node __rcu *head;
	struct node __rcu *slots[8];
};

static struct node __rcu *spare;

void publish(struct chain *chain, struct node *node, int i)
{
	chain->head = node; // error: RCU102
	// fix: rcu_assign_pointer(chain->head, node);
	chain->slots[i] = node; // error: RCU102
	// fix: rcu_assign_pointer(chain->slots[i], node);
	spare = node; // error: RCU102
	// fix: rcu_assign_pointer(spare, node);
	rcu_assign_pointer(chain->head, node);
}

void from_expressions(struct chain *chain, struct node *node, bool on)
{
	chain->head = on ? node : NULL; // error: RCU102
	chain->head = &node[1]; // error: RCU102
	chain->head = (void *)node; // error: RCU102
	chain->head = kmalloc(sizeof(*node), GFP_KERNEL); // error: RCU102
}

/* Both sides are annotated, so an address space checker has nothing to say. */
void unlink_after(struct chain *chain, struct node *prev, struct node *node)
{
	prev->next = node->next; // error: RCU102
	chain->head = node->next; // error: RCU102
	chain->slots[0] = chain->slots[1]; // error: RCU102
	rcu_assign_pointer(prev->next, node->next);
	RCU_INIT_POINTER(prev->next, node->next);
}

int in_expressions(struct chain *chain, struct node *node)
{
	struct node *last;

	chain->head = last = node; // error: RCU102
	chain->slots[0] = chain->slots[1] = node; // error: RCU102, error: RCU102
	if (!(chain->head = kmalloc(sizeof(*node), GFP_KERNEL))) // error: RCU102
		return -ENOMEM;
	return last->key;
}

void over_lines(struct chain *chain, struct node *node)
{
	chain->head // error: RCU102
		= node;
}

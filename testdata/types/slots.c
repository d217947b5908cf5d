// Walking a chain by the address of its link.
#include <linux/kernel.h>
#include <linux/rcupdate.h>

struct shape {
	int rate;
	int (*run)(int arg);
};

struct node {
	struct node __rcu *next;
	struct shape *shape;
	int key;
};

struct chain {
	struct node __rcu *head;
};

static struct node *chain_remove(struct chain *chain, int key)
{
	struct node __rcu **pp;
	struct node *node;

	for (pp = &chain->head; (node = *pp) != NULL; pp = &node->next) { // error: RCU101
		if (node->key == key) {
			*pp = node->next; // error: RCU102
			return node;
		}
	}
	return NULL;
}

static struct node *chain_remove_well(struct chain *chain, int key)
{
	struct node __rcu **pp;
	struct node *node;

	for (pp = &chain->head;
	     (node = rcu_dereference_protected(*pp, 1)) != NULL;
	     pp = &node->next) {
		if (node->key == key) {
			rcu_assign_pointer(*pp, node->next);
			return node;
		}
	}
	return NULL;
}

int through_parameter(struct node __rcu **slot, struct node *node, int i)
{
	if (!*slot) // warning: RCU104
		*slot = node; // error: RCU102
	slot[1] = NULL; // warning: RCU103
	if (slot == NULL)
		return 0;
	slot++;
	return slot[i]->key + (*slot)->key; // error: RCU101, error: RCU101
}

int through_more(struct node __rcu ***table, int i)
{
	struct node __rcu **row = table[i];

	return row[0]->key + table[i][1]->key; // error: RCU101, error: RCU101
}

struct node *use(struct chain *chain)
{
	struct node *node = chain_remove(chain, 1);

	return node ?: chain_remove_well(chain, 2);
}

// Links of generic containers take accessors without being annotated, on purpose.
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/rcupdate.h>

struct port {
	struct list_head list;
	struct hlist_node hash;
	int id;
};

struct hlist_node *links(struct list_head *list, struct hlist_head *bucket, struct port *port)
{
	struct list_head *next = rcu_dereference(list->next); // note: RCU107
	struct hlist_node *node = rcu_dereference(bucket->first); // note: RCU107

	node = rcu_dereference(port->hash.next); // note: RCU107
	node = rcu_dereference(hlist_first_rcu(bucket));
	node = rcu_dereference(hlist_next_rcu(node));
	(void)next;
	return node;
}

int loops(struct list_head *head, struct hlist_head *bucket)
{
	struct port *port;
	int n = 0;

	list_for_each_entry_rcu(port, head, list)
		n += port->id;
	hlist_for_each_entry_rcu(port, bucket, hash)
		n += port->id;
	return n;
}

// container_of(), list_entry(), and the macros, functions and loops around them.
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/rcupdate.h>

struct shape {
	int rate;
};

struct dev {
	int id;
	struct list_head list;
};

struct port {
	struct dev dev;
	struct list_head node;
	struct hlist_node hash;
	struct shape __rcu *shape;
};

#define to_port(d) container_of(d, struct port, dev)
#define first_port(head) list_first_entry(head, struct port, node)

static inline struct port *node_to_port(struct list_head *node)
{
	return list_entry(node, struct port, node);
}

int entries(struct dev *dev, struct list_head *head)
{
	int n = container_of(dev, struct port, dev)->shape->rate; // error: RCU101

	n += to_port(dev)->shape->rate; // error: RCU101
	n += first_port(head)->shape->rate; // error: RCU101
	n += node_to_port(head->next)->shape->rate; // error: RCU101
	n += list_entry(head->next, struct port, node)->shape->rate; // error: RCU101
	n += list_next_entry(to_port(dev), node)->shape->rate; // error: RCU101
	n += rcu_dereference(to_port(dev)->shape)->rate;
	n += to_port(dev)->dev.id;
	return n;
}

int loops(struct list_head *head, struct hlist_head *bucket)
{
	struct port *port, *next;
	int n = 0;

	list_for_each_entry(port, head, node) {
		if (port->shape) // warning: RCU104
			n += port->dev.id;
	}
	list_for_each_entry_safe(port, next, head, node)
		port->shape = NULL; // warning: RCU103
	rcu_read_lock();
	list_for_each_entry_rcu(port, head, node)
		n += port->shape->rate; // error: RCU101
	hlist_for_each_entry_rcu(port, bucket, hash) {
		struct shape *shape = port->shape; // error: RCU101
		// fix: struct shape *shape = rcu_dereference(port->shape);

		n += shape->rate;
	}
	rcu_read_unlock();
	hlist_for_each_entry(port, bucket, hash)
		n += rcu_dereference_protected(port->shape, 1)->rate;
	return n;
}

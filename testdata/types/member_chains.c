// Members through any chain: nested, through pointers, arrays and two annotated levels.
#include <linux/kernel.h>
#include <linux/rcupdate.h>

struct shape {
	int rate;
	int (*run)(int arg);
};

struct net {
	struct shape __rcu *shape;
	int id;
};

struct bus {
	struct {
		struct shape __rcu *shape;
	} ops;
	struct net nets[2];
};

struct dev {
	struct bus bus;
	struct bus *parent;
	struct net __rcu *net;
	struct dev *peers[4];
};

int chains(struct dev *dev, int i)
{
	int n = dev->bus.ops.shape->rate; // error: RCU101

	n += dev->parent->ops.shape->rate; // error: RCU101
	n += dev->bus.nets[i].shape->rate; // error: RCU101
	n += dev->peers[i]->parent->nets[0].shape->rate; // error: RCU101
	n += (&dev->bus)->ops.shape->rate; // error: RCU101
	n += (*dev->parent).ops.shape->rate; // error: RCU101
	n += dev->peers[i]->bus.nets[1].id;
	return n;
}

int two_levels(struct dev *dev)
{
	int n = dev->net->id; // error: RCU101

	n += dev->net->shape->rate; // error: RCU101, error: RCU101
	n += rcu_dereference(dev->net)->shape->rate; // error: RCU101
	n += rcu_dereference(rcu_dereference(dev->net)->shape)->rate;
	n += rcu_dereference(dev->net->shape)->rate; // error: RCU101
	return n;
}

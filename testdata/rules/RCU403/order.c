/* New objects, and when readers can see them. */
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>

struct cfg {
	struct list_head node;
	int mtu;
	int id;
	struct cfg *parent;
	struct {
		int low;
	} range;
};

struct port {
	struct cfg __rcu *cfg;
	struct list_head cfgs;
};

int look(struct port *port)
{
	struct cfg *cfg;
	int sum = 0;

	rcu_read_lock();
	cfg = rcu_dereference(port->cfg);
	if (cfg)
		sum = cfg->mtu + cfg->id + cfg->range.low;
	rcu_read_unlock();
	return sum;
}

int set_after_store(struct port *port, int mtu)
{
	struct cfg *cfg = kmalloc(sizeof(*cfg), GFP_KERNEL);

	if (!cfg)
		return -ENOMEM;
	rcu_assign_pointer(port->cfg, cfg);
	cfg->mtu = mtu; // error: RCU403
	cfg->id = 1;
	return 0;
}

int set_after_add(struct port *port, int low)
{
	struct cfg *cfg = kzalloc(sizeof(*cfg), GFP_KERNEL);

	if (!cfg)
		return -ENOMEM;
	cfg->id = 1;
	list_add_rcu(&cfg->node, &port->cfgs);
	cfg->range.low = low; // error: RCU403
	return 0;
}

int set_before(struct port *port, int mtu)
{
	struct cfg *cfg = kmalloc(sizeof(*cfg), GFP_KERNEL);

	if (!cfg)
		return -ENOMEM;
	cfg->mtu = mtu;
	rcu_assign_pointer(port->cfg, cfg);
	return 0;
}

/* Not a new one: whoever changes it knows. */
void change(struct port *port, struct cfg *cfg, int mtu)
{
	rcu_assign_pointer(port->cfg, cfg);
	cfg->mtu = mtu;
}

int set_other(struct port *port, struct cfg *other)
{
	struct cfg *cfg = kzalloc(sizeof(*cfg), GFP_KERNEL);

	if (!cfg)
		return -ENOMEM;
	cfg->parent = other;
	rcu_assign_pointer(port->cfg, cfg);
	cfg->parent->mtu = 1;
	cfg = other;
	cfg->id = 2;
	return 0;
}

int set_after_wait(struct port *port)
{
	struct cfg *cfg = kzalloc(sizeof(*cfg), GFP_KERNEL);

	if (!cfg)
		return -ENOMEM;
	rcu_assign_pointer(port->cfg, cfg);
	synchronize_rcu();
	cfg->id = 2;
	return 0;
}

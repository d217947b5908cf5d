// Results of calls: functions, function pointers, and getters of slots.
#include <linux/kernel.h>
#include <linux/rcupdate.h>

struct shape {
	int rate;
	int (*run)(int arg);
};

struct port {
	struct shape __rcu *shape;
	int id;
};

struct port_ops {
	struct port *(*find)(int id);
	struct port *(*const *finders)(int id);
};

struct port *find_port(int id);
const struct port *peek_port(int id);
struct shape __rcu **slot_of(struct port *port, int i);

int calls(struct port_ops *ops, struct port *(*find)(int id), int id)
{
	int n = find_port(id)->shape->rate; // error: RCU101

	n += peek_port(id)->shape->rate; // error: RCU101
	n += ops->find(id)->shape->rate; // error: RCU101
	n += (*ops->find)(id)->shape->rate; // error: RCU101
	n += find(id)->shape->rate; // error: RCU101
	n += ops->finders[2](id)->shape->rate; // error: RCU101
	n += (*slot_of(find_port(id), 1))->rate; // error: RCU101
	n += slot_of(find_port(id), 1)[0]->rate; // error: RCU101
	n += rcu_dereference(*slot_of(find_port(id), 1))->rate;
	n += find_port(id)->id;
	return n;
}

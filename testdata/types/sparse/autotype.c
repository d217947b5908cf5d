// sparse validation/autotype.c: what __auto_type takes over from its initialiser.
#include <linux/kernel.h>
#include <linux/rcupdate.h>

struct shape {
	int rate;
};

struct port {
	struct shape __rcu *shape;
	struct shape *plain;
};

struct shape __rcu *result(int id);
void take_plain(struct shape *shape);
void take_slot(struct shape **slot);

int inferred(struct port *port, struct shape __rcu *given)
{
	__auto_type slot = &port->shape;
	__auto_type read = rcu_dereference(port->shape);
	__auto_type value = result(1);
	__auto_type same = given;
	__auto_type plain = port->plain;
	__auto_type copy = port->shape; // warning: RCU101
	int n = (*slot)->rate; // error: RCU101

	n += slot[1]->rate; // error: RCU101
	n += read->rate + plain->rate;
	n += value->rate; // error: RCU105
	take_slot(slot); // warning: RCU105
	take_plain(value); // warning: RCU105
	take_plain(same); // warning: RCU105
	take_plain(copy); // warning: RCU105
	take_plain(read);
	return n;
}

// typeof() declares; its operand is not evaluated.
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

int declares(struct port *port)
{
	typeof(*port) *other = port;
	typeof(port) third = other;
	__typeof__(port->id) id = third->id;
	typeof(&port->shape) slot = &other->shape;
	typeof(port->shape) copy = NULL;
	__auto_type fourth = port;
	int n = other->shape->rate; // error: RCU101

	n += third->shape->rate; // error: RCU101
	n += fourth->shape->rate; // error: RCU101
	n += (*slot)->rate; // error: RCU101
	n += sizeof(typeof(*port->shape));
	n += sizeof(typeof_member(struct port, shape));
	return n + id + !copy;
}

int with_cast(void *data, struct port *model)
{
	return ((typeof(model))data)->shape->rate + // error: RCU101
	       ((typeof(*model) *)data)->id;
}

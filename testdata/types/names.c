// A name alone says nothing: plain members, locals and parameters that share it stay silent.
#include <linux/kernel.h>
#include <linux/rcupdate.h>

struct shape {
	int rate;
	int (*run)(int arg);
};

struct port {
	struct shape __rcu *shape;
};

struct plain {
	struct shape *shape;
	struct shape *main_shape;
};

static struct shape __rcu *main_shape;

int same_member(struct plain *plain, struct plain local)
{
	plain->shape = NULL;
	if (!plain->shape || !local.shape)
		return 0;
	return plain->shape->rate + plain->main_shape->rate;
}

int shadowed_global(struct shape *main_shape)
{
	return main_shape->rate;
}

int shadowed_in_block(struct port *item, struct plain *other)
{
	int n = item->shape->rate; // error: RCU101

	{
		struct plain *item = other;
		struct shape *main_shape = item->shape;

		n += item->shape->rate + main_shape->rate;
	}
	for (struct plain *item = other; item->shape; item++)
		n += item->shape->rate;
	n += item->shape->rate; // error: RCU101
	return n + main_shape->rate; // error: RCU101
}

int unknown_type(struct somewhere_else *item);

int label_and_enum(struct port *port)
{
	enum { shape = 3 };

	goto main_shape;
main_shape:
	return shape + !rcu_access_pointer(port->shape);
}

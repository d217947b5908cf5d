// What the body of a macro does on its own account is reported in its definition, once.
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/rcupdate.h>

struct shape {
	int rate;
	struct shape __rcu *next;
};

struct port {
	struct list_head list;
	struct shape __rcu *shape;
	struct shape *unmarked; // warning: RCU107
	int id;
};

void plain_slot(struct shape **slot);

#define port_rate(port)		((port)->shape->rate) // error: RCU101
#define port_shape(port)	rcu_dereference((port)->shape)
#define port_has_shape(port)	(rcu_access_pointer((port)->shape) != NULL)
#define port_is_set(port)	(!!(port)->shape) // warning: RCU104
#define port_lvalue(port)	((port)->shape)
#define port_set(port, v)	do { (port)->shape = (v); } while (0) // error: RCU102
#define port_clear(port)	do { (port)->shape = NULL; } while (0) // warning: RCU103
#define port_pass(port)		plain_slot(&(port)->shape) // warning: RCU105
#define port_unmarked(port)	rcu_dereference((port)->unmarked)
/* A macro in a macro is reported where it does what it does. */
#define port_double_rate(port)	(2 * port_rate(port))
#define set_field(port, field, v)	do { (port)->field = (v); } while (0)
#define for_each_shape(pos, port)					\
	for (pos = rcu_dereference((port)->shape); pos; pos = pos->next) // error: RCU101
#define pass_slot(slot)		plain_slot(slot)
#define with_copy(p)							\
({									\
	typeof(p) __copy = (p);						\
	__copy ? __copy->rate : 0;					\
})

int uses(struct port *port, struct port *other, struct shape *shape)
{
	struct shape *pos;
	int n = port_rate(port);

	n += port_rate(other);
	n += port_shape(port)->rate;
	n += port_has_shape(port);
	n += port_is_set(port);
	n += port_double_rate(port);
	port_set(port, shape);
	port_clear(port);
	port_pass(port);
	n += port_unmarked(port)->rate;
	for_each_shape(pos, port)
		n += pos->rate;
	return n;
}

/* What depends on the arguments alone is reported where they are given. */
int at_the_use(struct port *port, struct shape *shape, struct list_head *head)
{
	int n = port_lvalue(port)->rate; // error: RCU101

	set_field(port, shape, shape); // error: RCU102
	set_field(port, id, 1);
	pass_slot(&port->shape); // warning: RCU105
	n += with_copy(port->shape); // error: RCU101
	n += with_copy(shape);
	list_for_each_entry(port, head, list)
		n += port->id;
	return n;
}

/* A variable called like a member is no member. */
void named_alike(struct port *port, int id, struct shape *shape)
{
	if (rcu_access_pointer(port->shape))
		set_field(port, id, id);
	set_field(port, shape, shape); // error: RCU102
	set_field(port, unmarked, shape);
}

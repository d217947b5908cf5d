// The value of ({ ... }) is that of its last statement.
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

struct port *find_port(int id);

int values(int id)
{
	struct shape *shape;

	shape = ({
		struct port *port = find_port(id);

		port->shape; // error: RCU101
	});
	return shape->rate + ({ find_port(id); })->shape->rate; // error: RCU101
}

int quiet(int id)
{
	return ({
		struct port *port = find_port(id);

		rcu_dereference(port->shape);
	})->rate + ({ find_port(id); })->id;
}

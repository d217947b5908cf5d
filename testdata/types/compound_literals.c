// Compound literals and nested designators.
#include <linux/kernel.h>
#include <linux/rcupdate.h>

struct shape {
	int rate;
	int (*run)(int arg);
};

struct port {
	struct {
		struct shape __rcu *shape;
		int users;
	} state;
	struct shape __rcu *table[2];
};

void register_port(const struct port *port);

void literals(struct port *port, struct shape *shape)
{
	register_port(&(struct port){ .state.shape = shape }); // note: RCU102
	register_port(&(struct port){ .state = { .users = 2 } });
	*port = (struct port){
		.state = {
			.shape = shape, // note: RCU102
			.users = 1,
		},
		.table = { [1] = shape }, // note: RCU102
	};
	*port = (struct port){ };
	register_port(&(struct port){ .state.shape = RCU_INITIALIZER(shape) });
}

int read_literal(struct shape *shape)
{
	return ((struct port){ .state.users = shape->rate }).state.users;
}

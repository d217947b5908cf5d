// Initialisers store: a note, for nobody can see the object yet.
#include <linux/kernel.h>
#include <linux/rcupdate.h>

struct shape {
	int rate;
};

struct port {
	struct shape __rcu *shape;
	int users;
	struct {
		struct shape __rcu *backup;
	} spare;
};

static struct shape default_shape = { .rate = 1 };

static struct port main_port = {
	.shape = &default_shape, // note: RCU102
	// fix: .shape = RCU_INITIALIZER(&default_shape),
	.users = 1,
};

static struct port quiet_port = {
	.shape = RCU_INITIALIZER(&default_shape),
	.users = 1,
	.spare = { .backup = NULL },
};

static struct port pasted_port = {
	RCU_POINTER_INITIALIZER(shape, &default_shape),
};

static struct port forced_port = {
	.shape = (struct shape __force __rcu *)&default_shape,
};

static struct port empty_port = {
	.shape = NULL,
};

static struct port ports[2] = {
	[0] = { .shape = &default_shape, .users = 3 }, // note: RCU102
	[1] = { .spare.backup = &default_shape }, // note: RCU102
};

static struct port by_position = { &default_shape, 3 }; // note: RCU102

static struct shape __rcu *boot_shape = RCU_INITIALIZER(&default_shape);
static struct shape __rcu *plain_shape = &default_shape; // note: RCU102
static struct shape __rcu *no_shape = NULL;

int use(struct shape *shape)
{
	struct port local = { .shape = shape, .users = 1 }; // note: RCU102
	struct port none = { .shape = NULL, .users = 2 };

	main_port = (struct port){ .shape = shape }; // note: RCU102
	return local.users + none.users + !!rcu_access_pointer(boot_shape) +
	       quiet_port.users + ports[0].users + by_position.users +
	       !rcu_access_pointer(no_shape) + !rcu_access_pointer(plain_shape) +
	       pasted_port.users + forced_port.users + empty_port.users;
}

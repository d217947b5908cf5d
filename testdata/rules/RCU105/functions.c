// Pointers to functions: what they return and take has to agree as well.
#include <linux/kernel.h>
#include <linux/rcupdate.h>

struct shape {
	int rate;
};

typedef struct shape *plain_get(int id);
typedef struct shape __rcu *rcu_get(int id);

struct ops {
	struct shape *(*get)(int id);
	int (*set)(struct shape **slot);
};

struct shape __rcu *get_rcu(int id);
struct shape *get_plain(int id);
int set_rcu(struct shape __rcu **slot);
int set_plain(struct shape **slot);

static const struct ops wrong = {
	.get = get_rcu, // warning: RCU105
	.set = set_rcu, // warning: RCU105
};

static const struct ops right = {
	.get = get_plain,
	.set = &set_plain,
};

void installed(struct ops *ops, plain_get *plain, rcu_get *rcu)
{
	ops->get = get_rcu; // warning: RCU105
	ops->set = set_plain;
	plain = get_rcu; // warning: RCU105
	plain = rcu; // warning: RCU105
	rcu = get_rcu;
	ops->get = wrong.get;
	ops->get = right.get;
	ops->set(NULL);
	(void)plain;
	(void)rcu;
}

int called(struct ops *ops, struct shape __rcu **slot)
{
	return ops->set(slot); // warning: RCU105
}

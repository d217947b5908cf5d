// sparse validation/member_of_typeof.c, alternate-keywords.c: typeof() in its spellings.
#include <linux/kernel.h>
#include <linux/rcupdate.h>

struct shape {
	int rate;
};

static struct port {
	struct shape __rcu *shape;
} port;

static typeof(port) *pointer;
static __typeof(port) *other;
static __typeof__(&port) third;
static typeof(struct port) object;

int members(void)
{
	int n = pointer->shape->rate; // error: RCU101

	n += other->shape->rate; // error: RCU101
	n += third->shape->rate; // error: RCU101
	n += object.shape->rate; // error: RCU101
	return n + rcu_dereference(pointer->shape)->rate;
}

__inline__ static int keywords(struct port *const __restrict__ given,
			       struct shape __rcu *__const__ *__volatile__ __restrict slots)
{
	return __extension__ given->shape->rate + // error: RCU101
	       slots[0]->rate; // error: RCU101
}

int use(void)
{
	return keywords(&port, NULL);
}

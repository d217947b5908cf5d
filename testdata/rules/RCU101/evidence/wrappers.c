// A macro that stands for an accessor is proposed as its neighbours call it.
#include <linux/kernel.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>

struct queue {
	int length;
};

struct engine {
	struct mutex state;
	struct queue __rcu *queue;
	struct queue __rcu *spare_queue;
};

#define engine_deref(engine, p) \
	rcu_dereference_protected(p, lockdep_is_held(&(engine)->state))
#define queue_deref(p) (rcu_dereference_protected((p), 1))
/* Its value is not the pointer. */
#define queue_length(p) (rcu_dereference_protected(p, 1)->length)

int first(struct engine *engine)
{
	return engine_deref(engine, engine->queue)->length;
}

int second(struct engine *other)
{
	return other->queue->length; // error: RCU101
	// fix: return engine_deref(other, other->queue)->length;
}

int third(struct engine *engine)
{
	return queue_deref(engine->spare_queue)->length + queue_length(engine->spare_queue);
}

int fourth(struct engine *engine)
{
	return engine->spare_queue->length; // error: RCU101
	// fix: return queue_deref(engine->spare_queue)->length;
}

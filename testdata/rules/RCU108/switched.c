// One lock around every change, and readers that do not take it.
#include <linux/kernel.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>

struct hooks {
	int (*event)(int id);
};

struct table {
	struct hooks *hooks; // warning: RCU108
	struct hooks *locked;
	struct hooks *unsure;
	struct mutex lock;
};

static struct hooks *all_hooks; // warning: RCU108
static struct mutex all_lock;

static int deliver(struct table *table, int id)
{
	struct hooks *hooks;
	int ret = 0;

	rcu_read_lock();
	hooks = table->hooks;
	if (hooks)
		ret = hooks->event(id);
	hooks = table->unsure;
	if (hooks)
		ret += hooks->event(id);
	hooks = READ_ONCE(all_hooks);
	if (hooks)
		ret += hooks->event(id);
	mutex_lock(&table->lock);
	ret += table->locked->event(id);
	mutex_unlock(&table->lock);
	rcu_read_unlock();
	return ret;
}

static void hook(struct table *table, struct hooks *hooks)
{
	mutex_lock(&table->lock);
	table->hooks = hooks;
	table->locked = hooks;
	table->unsure = hooks;
	mutex_unlock(&table->lock);
	mutex_lock(&all_lock);
	all_hooks = hooks;
	mutex_unlock(&all_lock);
}

static void unhook(struct table *table)
{
	mutex_lock(&table->lock);
	table->hooks = NULL;
	table->locked = NULL;
	mutex_unlock(&table->lock);
	table->unsure = NULL;
	mutex_lock(&all_lock);
	all_hooks = NULL;
	mutex_unlock(&all_lock);
}

// Where the other side of a comparison is cast to __rcu, one side alone cannot be changed.
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/rcupdate.h>

static struct list_head boot_rules;
static struct list_head __rcu *rules;

int at_boot(void)
{
	return rules == (struct list_head __rcu *)&boot_rules; // warning: RCU104
	// fix: return rules == (struct list_head __rcu *)&boot_rules;
}

int is(struct list_head *list)
{
	return rules == list; // warning: RCU104
	// fix: return rcu_access_pointer(rules) == list;
}

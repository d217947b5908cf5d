/* Lists whose head is declared in a header. */
#include <linux/list.h>
#include <linux/rcupdate.h>

#include "filled.h"

/* Filled here with plain calls only: whole before readers see it. */
static void plan_step(struct plan *plan, struct step *step)
{
	list_add_tail(&step->next, &plan->steps);
}

static int plan_length(struct plan __rcu **slot)
{
	struct step *step;
	struct plan *plan;
	int length = 0;

	rcu_read_lock();
	plan = rcu_dereference(*slot);
	list_for_each_entry_rcu(step, &plan->steps, next)
		length++;
	list_for_each_entry(step, &plan->steps, next)
		length++;
	rcu_read_unlock();
	return length;
}

/* Filled somewhere else. */
static int route_length(struct route *route)
{
	struct hop *hop;
	int length = 0;

	rcu_read_lock();
	list_for_each_entry_rcu(hop, &route->hops, next)
		length++;
	list_for_each_entry(hop, &route->hops, next) // error: RCU501
		length++;
	rcu_read_unlock();
	return length;
}

/* Members that readers look at, and others. */
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>

struct seat {
	struct list_head node;
	int row;
	int price;
	int sold;
	int ready;
	int deep;
	void *entry;
};

struct ticket {
	int row;
	int price;
};

struct hall {
	struct list_head seats;
	struct mutex lock;
};

/* `row` in a section, `deep` by what is called there. */
static int depth(struct seat *seat)
{
	return seat->deep;
}

int find(struct hall *hall, int row)
{
	struct seat *seat;
	int found = 0;

	rcu_read_lock();
	list_for_each_entry_rcu(seat, &hall->seats, node) {
		if (seat->row == row)
			found = depth(seat);
	}
	rcu_read_unlock();
	return found;
}

/* The section is the caller's. */
struct seat *find_sold(struct hall *hall)
{
	struct seat *seat;

	list_for_each_entry_rcu(seat, &hall->seats, node) {
		if (seat->sold)
			return seat;
	}
	return NULL;
}

/* Another structure's member of the same name. */
int ticket_price(struct ticket __rcu **slot)
{
	struct ticket *ticket;
	int price;

	rcu_read_lock();
	ticket = rcu_dereference(*slot);
	price = ticket->price;
	rcu_read_unlock();
	return price;
}

/* Nobody sets anything meanwhile. */
void *close(struct hall *hall)
{
	struct seat *seat;
	void *entry = NULL;

	mutex_lock(&hall->lock);
	rcu_read_lock();
	list_for_each_entry_rcu(seat, &hall->seats, node)
		entry = seat->entry;
	rcu_read_unlock();
	mutex_unlock(&hall->lock);
	return entry;
}

int looked_at(struct hall *hall, int row)
{
	struct seat *seat = kzalloc(sizeof(*seat), GFP_KERNEL);

	if (!seat)
		return -ENOMEM;
	list_add_rcu(&seat->node, &hall->seats);
	seat->entry = hall;
	seat->price = 1;
	seat->row = row; // error: RCU403
	return 0;
}

int looked_at_below(struct hall *hall)
{
	struct seat *seat = kzalloc(sizeof(*seat), GFP_KERNEL);

	if (!seat)
		return -ENOMEM;
	list_add_rcu(&seat->node, &hall->seats);
	seat->deep = 1; // error: RCU403
	return 0;
}

int looked_at_in_walk(struct hall *hall)
{
	struct seat *seat = kzalloc(sizeof(*seat), GFP_KERNEL);

	if (!seat)
		return -ENOMEM;
	list_add_rcu(&seat->node, &hall->seats);
	seat->sold = 1; // error: RCU403
	return 0;
}

int not_looked_at(struct hall *hall, void *entry)
{
	struct seat *seat = kzalloc(sizeof(*seat), GFP_KERNEL);

	if (!seat)
		return -ENOMEM;
	list_add_rcu(&seat->node, &hall->seats);
	seat->price = 1;
	seat->entry = entry;
	return 0;
}

/* Readers are told by another member. */
int told(struct hall *hall, int row)
{
	struct seat *seat = kzalloc(sizeof(*seat), GFP_KERNEL);

	if (!seat)
		return -ENOMEM;
	list_add_rcu(&seat->node, &hall->seats);
	seat->row = row;
	smp_wmb();
	seat->sold = 1;
	return 0;
}

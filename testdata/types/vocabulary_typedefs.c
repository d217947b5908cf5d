// Typedefs that lead to __rcu through another typedef.
#include <linux/kernel.h>
#include <linux/rcupdate.h>

typedef u64 __rcu *entry_t;
typedef entry_t *table_t;
typedef entry_t slot_t;
typedef slot_t row_t[2];

struct numbers {
	table_t table;
	slot_t slot;
	row_t row;
};

static slot_t shared;

void take_plain(u64 **slot);

u64 read(struct numbers *numbers, int i)
{
	u64 n = *numbers->table[i]; // error: RCU101

	n += *numbers->slot + *numbers->row[i]; // error: RCU101, error: RCU101
	n += *rcu_dereference(numbers->table[i]) + *rcu_dereference(numbers->slot);
	return n + *shared; // error: RCU101
}

void stored(struct numbers *numbers, u64 *number)
{
	numbers->slot = number; // error: RCU102
	numbers->table[1] = NULL; // warning: RCU103
	take_plain(numbers->table); // warning: RCU105
	take_plain(&numbers->slot); // warning: RCU105
}

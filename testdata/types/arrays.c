// Arrays of annotated pointers: fixed, flexible, of two dimensions; the array itself decays silently.
#include <linux/kernel.h>
#include <linux/rcupdate.h>

struct shape {
	int rate;
	int (*run)(int arg);
};

#define NR_SHAPES 8

struct table {
	int nr;
	struct shape __rcu *fixed[NR_SHAPES];
	struct shape __rcu *grid[2][3];
	struct shape __rcu *flexible[];
};

static struct shape __rcu *global_grid[2][NR_SHAPES];

int elements(struct table *table, int i)
{
	struct shape __rcu **slot = table->fixed;
	int n = table->fixed[i]->rate; // error: RCU101

	n += table->grid[0][i]->rate; // error: RCU101
	n += table->flexible[i]->rate; // error: RCU101
	n += global_grid[1][i]->rate; // error: RCU101
	n += (*table->flexible)->rate; // error: RCU101
	n += (*(table->fixed + i))->rate; // error: RCU101
	n += slot[2]->rate; // error: RCU101
	n += i[table->fixed]->rate; // error: RCU101
	slot = &table->flexible[i];
	n += (*slot)->rate; // error: RCU101
	slot = table->grid[1];
	slot = global_grid[0] + 1;
	n += rcu_dereference(*slot)->rate;
	return n + ARRAY_SIZE(table->fixed) + sizeof(table->fixed[0]);
}

int stores(struct table *table, struct shape *shape)
{
	int i;

	for (i = 0; i < NR_SHAPES; i++) {
		table->fixed[i] = shape; // error: RCU102
		global_grid[0][i] = NULL; // warning: RCU103
		if (table->flexible[i]) // warning: RCU104
			return -EEXIST;
	}
	return 0;
}

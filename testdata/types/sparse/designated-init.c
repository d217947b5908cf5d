// sparse validation/designated-init.c, anon-union.c, field-override.c: whose initialiser it is.
#include <linux/kernel.h>
#include <linux/rcupdate.h>

struct shape {
	int rate;
};

struct shape __rcu *result(void);

struct port {
	struct shape *plain;
	union {
		struct shape __rcu *shape;
		unsigned long word;
	};
	struct {
		struct shape **slots;
		struct shape __rcu **annotated;
	} cursor;
	struct shape __rcu *table[3];
};

static struct shape fallback;

static struct port by_name = {
	.plain = &fallback,
	.shape = RCU_INITIALIZER(&fallback),
	.table = { [1] = RCU_INITIALIZER(&fallback) },
};

static struct port by_order = { &fallback, { &fallback } }; // note: RCU102

static struct port by_path = {
	.cursor.slots = by_name.table, // warning: RCU105
	.cursor.annotated = by_name.table,
	.table[0] = NULL,
	.table[1 ... 2] = &fallback, // note: RCU102
	.word = 1,
};

static struct shape __rcu *slots[] = {
	[0] = &fallback, // note: RCU102
	NULL,
	RCU_INITIALIZER(&fallback),
};

struct port *use(int which)
{
	struct port local = {
		.plain = result(), // warning: RCU105
		.shape = result(),
		.cursor = { by_order.table, &slots[1] }, // warning: RCU105
	};

	(void)local;
	return which ? &by_order : &by_path;
}

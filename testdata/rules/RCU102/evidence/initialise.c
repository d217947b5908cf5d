// RCU_INIT_POINTER() where the code around it uses it as well and nothing has to be ordered.
#include <linux/kernel.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>

struct label {
	int id;
};

struct box {
	struct label __rcu *label;
	struct label __rcu *sticker;
};

static const struct label no_label;
static struct label written_label;

struct box *box_alloc(struct label *label)
{
	struct box *box = kzalloc(sizeof(*box), GFP_KERNEL);

	if (!box)
		return NULL;
	box->label = label; // note: RCU102
	// fix: RCU_INIT_POINTER(box->label, label);
	return box;
}

struct box *box_alloc_small(struct label *label)
{
	struct box *box = kzalloc(sizeof(*box), GFP_KERNEL);

	if (!box)
		return NULL;
	RCU_INIT_POINTER(box->label, label);
	return box;
}

void box_clear_label(struct box *box)
{
	box->sticker = &no_label; // error: RCU102
	// fix: RCU_INIT_POINTER(box->sticker, &no_label);
}

/* Readers have to see what was written. */
void box_write_label(struct box *box)
{
	written_label.id = 4;
	box->sticker = &written_label; // error: RCU102
	// fix: rcu_assign_pointer(box->sticker, &written_label);
}

// sparse validation/function-attribute-pointer.c: what a function that is passed takes.
#include <linux/kernel.h>
#include <linux/rcupdate.h>

struct shape {
	int rate;
};

void set_plain(void (*release)(struct shape *shape));
void set_rcu(void (*release)(struct shape __rcu *shape));
void set_slot(void (*release)(struct shape **slot));

void release_plain(struct shape *shape);
void release_rcu(struct shape __rcu *shape);
void release_slot(struct shape __rcu **slot);

void set(void)
{
	void (*plain)(struct shape *shape) = release_plain;
	void (*annotated)(struct shape __rcu *shape) = release_rcu;
	void (*mixed)(struct shape *shape) = release_rcu; // warning: RCU105

	set_plain(release_plain);
	set_rcu(release_rcu);
	set_plain(release_rcu); // warning: RCU105
	set_rcu(release_plain); // warning: RCU105
	set_slot(release_slot); // warning: RCU105
	set_plain(plain);
	set_rcu(annotated);
	set_plain(annotated); // warning: RCU105
	set_plain(NULL);
	(void)mixed;
}

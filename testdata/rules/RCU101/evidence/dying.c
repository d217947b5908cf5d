// Nobody else can reach what is in an object that is freed with no grace period in between.
#include <linux/kernel.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>

struct leaf {
	int rate;
};

struct twig {
	int leaves;
	struct leaf __rcu *leaf[8];
};

void drop_leaf(struct twig *twig, struct leaf *leaf);

void free_twig(struct twig *twig)
{
	int i;

	for (i = 0; i < twig->leaves; i++) {
		struct leaf *leaf = twig->leaf[i]; // error: RCU101
		// fix: struct leaf *leaf = rcu_dereference_protected(twig->leaf[i], true);

		leaf->rate = 0;
		drop_leaf(twig, leaf);
	}
	kfree(twig);
}

/* Readers may still be there: it is they that are waited for. */
void unlink_twig(struct twig *twig)
{
	struct leaf *leaf = twig->leaf[0]; // error: RCU101
	// fix: struct leaf *leaf = rcu_dereference(twig->leaf[0]);

	leaf->rate = 0;
	synchronize_rcu();
	kfree(twig);
}

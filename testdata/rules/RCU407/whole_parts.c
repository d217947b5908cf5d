/* A file of a module whose exit is in another, and a member that is called behind a grace period. */
#include <linux/kernel.h>
#include <linux/slab.h>

struct inode;

struct super_operations {
	void (*free_inode)(struct inode *inode);
};

static void box_free_inode(struct inode *inode)
{
	kfree(inode);
}

const struct super_operations box_operations = {
	.free_inode = box_free_inode,
};

void ports_end(void)
{
}

/* Included by the other files of this folder. */
#include <linux/kernel.h>
#include <linux/rcupdate.h>
#include <linux/rtnetlink.h>

struct frame {
	int width;
	int height;
};

struct pane {
	struct frame __rcu *inner;
	struct frame __rcu *frame;
};

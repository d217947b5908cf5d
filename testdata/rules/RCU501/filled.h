/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <linux/list.h>

struct step {
	struct list_head next;
	int what;
};

struct plan {
	struct list_head steps;
};

struct route {
	struct list_head hops;
};

struct hop {
	struct list_head next;
};

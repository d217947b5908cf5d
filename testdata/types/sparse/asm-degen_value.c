// known-to-fail: operands of asm that are read or written by value are not looked at
// sparse validation/eval/asm-degen.c: operands of asm in registers.
#include <linux/kernel.h>
#include <linux/rcupdate.h>

struct shape {
	int rate;
};

struct port {
	struct shape __rcu *shape;
	struct shape __rcu *table[4];
};

/* What sparse reports: an object behind an annotated pointer. */
void followed(struct shape __rcu *shape)
{
	__asm__ __volatile__("" : : "r" (shape->rate)); // error: RCU105
}

/* Here the slot counts as well. */
void by_value(struct port *port)
{
	__asm__ __volatile__("" : : "r" (port->shape)); // error: RCU101
	__asm__ __volatile__("" : : [slot] "r" (port->table[1])); // error: RCU101
	__asm__ __volatile__("" : : "r" (port->shape->rate)); // error: RCU101
}

void written_back(struct port *port)
{
	__asm__ __volatile__("" : "=r" (port->shape)); // error: RCU102
}

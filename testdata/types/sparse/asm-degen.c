// sparse validation/eval/asm-degen.c: operands of asm that are arrays, addresses, or in memory.
#include <linux/kernel.h>
#include <linux/rcupdate.h>

struct shape {
	int rate;
	int steps[2];
};

struct port {
	struct shape __rcu *shape;
	struct shape __rcu *table[4];
};

/* An array decays to the address of its slots; an address reads nothing. */
void decayed(struct port *port)
{
	__asm__ __volatile__("" : : "r" (port->table));
	__asm__ __volatile__("" : : "r" (&port->shape));
	__asm__ __volatile__("" : : "r" (sizeof(port->shape->rate)));
}

/* Memory is handed over by its address; what is done with it is not in the C. */
void in_memory(struct port *port, struct shape __rcu *shape)
{
	__asm__ __volatile__("" : : "m" (port->shape));
	__asm__ __volatile__("" : : "m" (port->table));
	__asm__ __volatile__("" : "+m" (port->shape));
	__asm__ __volatile__("" : "=m" (port->table[1]));
	__asm__ __volatile__("" : : "m" (shape->rate));
	__asm__ __volatile__("" : : "m" (shape->steps));
}

// Inline assembly in all its shapes: what follows it, and what it is given, is still seen.

#include <linux/rcupdate.h>

struct cfg {
	int mtu;
};

struct port {
	struct cfg __rcu *cfg;
};

int jumps(struct port *port)
{
	asm goto("1: nop\n\t"
		 ".pushsection __jump_table, \"aw\"\n\t"
		 ".popsection\n\t"
		 : : "i"(0) : : there);
	return port->cfg->mtu; // error: RCU101
there:
	return 0;
}

int outputs(struct port *port)
{
	int value;

	__asm__ __volatile__("mov %1, %0" : [out] "=r"(value) : [in] "r"(1) : "memory", "cc");
	asm volatile("" ::: "memory");
	asm inline("nop");
	return value + port->cfg->mtu; // error: RCU101
}

int registers(struct port *port)
{
	register unsigned long sp asm("rsp");
	extern int other asm("another_name");

	return other + (sp != 0) + port->cfg->mtu; // error: RCU101
}

asm(".globl nothing\n"
    "nothing:\n");

int behind(struct port *port)
{
	return port->cfg->mtu; // error: RCU101
}

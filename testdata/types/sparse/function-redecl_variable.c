// known-to-fail: declarations of one variable that differ in the annotation are not compared
// sparse validation/function-redecl.c: the same for variables, as sparse has it.
#include <linux/kernel.h>
#include <linux/rcupdate.h>

struct shape {
	int rate;
};

extern struct shape *shared;
struct shape __rcu *shared; // warning: RCU105

extern struct shape __rcu *table[4];
struct shape *table[4]; // warning: RCU105

extern struct shape __rcu *agreed;
struct shape __rcu *agreed;

// sparse validation/function-redecl.c: where declarations differ in the annotation, their uses are silent.
#include <linux/kernel.h>
#include <linux/rcupdate.h>

struct shape {
	int rate;
};

void takes(struct shape *shape);
void takes(struct shape __rcu *shape);

struct shape *returns(int id);
struct shape __rcu *returns(int id);

/* sparse goes by the last declaration; neither is more likely to be meant. */
int calls(struct shape *plain, struct shape __rcu *shape)
{
	takes(plain);
	takes(shape);
	return returns(1)->rate;
}

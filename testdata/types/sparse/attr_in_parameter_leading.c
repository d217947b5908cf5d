// sparse validation/attr_in_parameter.c: parameters whose declaration starts with the annotation.
#include <linux/kernel.h>
#include <linux/rcupdate.h>

struct shape {
	int rate;
};

static void (*hook)(__rcu struct shape *left, const __rcu struct shape *right);

void take(__rcu struct shape *shape);
void take_unnamed(__rcu struct shape *);
void take_straight(struct shape __rcu *shape);

int values(__rcu struct shape *given, struct shape __rcu *shape, struct shape *plain)
{
	hook(shape, given);
	hook(plain, plain); // warning: RCU105, warning: RCU105
	take(shape);
	take_unnamed(given);
	take(plain); // warning: RCU105
	take_unnamed(plain); // warning: RCU105
	take_straight(given);
	given = shape;
	shape = given;
	plain = given; // warning: RCU105
	take((__rcu struct shape *)plain); // note: RCU106
	take_straight((__rcu struct shape *)shape);
	return given->rate; // error: RCU105
}

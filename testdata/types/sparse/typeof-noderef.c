// sparse validation/typeof-noderef.c, typeof-mods.c: what typeof() declares, followed.
#include <linux/kernel.h>
#include <linux/rcupdate.h>

struct shape {
	int rate;
	int __rcu *numbers;
};

int followed(struct shape __rcu *shape, struct shape *object)
{
	typeof(shape) same = shape;
	typeof(*object) *plain = object;
	typeof(object->numbers) copy = NULL;
	typeof(*object->numbers) number = 1;
	const typeof(shape) constant = shape;
	typeof(shape) list[2] = { shape, shape };
	int n = same->rate; // error: RCU105

	same = shape;
	n += plain->rate;
	n += copy[1]; // error: RCU105
	n += constant->rate; // error: RCU105
	n += list[0]->rate; // note: RCU101
	return n + number;
}

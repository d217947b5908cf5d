// sparse validation/function-pointer-type.c: ways to name a function whose type differs in __rcu.
#include <linux/kernel.h>
#include <linux/rcupdate.h>

struct shape {
	int rate;
};

struct shape __rcu *get_rcu(void);
struct shape *get_plain(void);

typedef struct shape *get_fn(void);

void take_get(get_fn *get);
void take_get_function(get_fn get);

void named(void)
{
	struct shape *(*get)(void);
	struct shape __rcu *(*get_annotated)(void);

	get = get_plain;
	get = &get_plain;
	get = *get_plain;
	get = **get_plain;
	get = get_rcu; // warning: RCU105
	get = &get_rcu; // warning: RCU105
	get = *get_rcu; // warning: RCU105
	get = **get_rcu; // warning: RCU105
	get_annotated = get_rcu;
	get_annotated = *get_rcu;
	get_annotated = get_plain; // warning: RCU105
	take_get(get_plain);
	take_get(get_rcu); // warning: RCU105
	take_get_function(get_rcu); // warning: RCU105
	take_get(get_annotated); // warning: RCU105
	(void)get;
}

/* A pointer to a function may be what is annotated; then the slot is. */
struct port {
	get_fn __rcu *get;
	struct shape *(__rcu *written)(void);
};

struct shape *called(struct port *port)
{
	struct shape *shape = port->get(); // error: RCU101

	shape = port->written(); // error: RCU101
	shape = (*port->get)(); // error: RCU101
	take_get(port->get); // error: RCU101
	return rcu_dereference(port->get)();
}

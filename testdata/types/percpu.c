// Per-cpu variables and members, and the pointers to this cpu's.
#include <linux/kernel.h>
#include <linux/percpu.h>
#include <linux/rcupdate.h>

struct shape {
	int rate;
};

struct counters {
	struct shape __rcu *shape;
	unsigned long hits;
};

struct port {
	struct counters __percpu *counters;
	struct shape __rcu * __percpu *shapes;
};

DECLARE_PER_CPU(struct shape __rcu *, declared_shape);
static DEFINE_PER_CPU(struct shape __rcu *, cpu_shape);
static DEFINE_PER_CPU(struct counters, cpu_counters);

int reads(struct port *port, int cpu)
{
	int n = this_cpu_ptr(port->counters)->shape->rate; // error: RCU101

	n += per_cpu_ptr(port->counters, cpu)->shape->rate; // error: RCU101
	n += (*per_cpu_ptr(port->shapes, cpu))->rate; // error: RCU101
	n += (*this_cpu_ptr(&cpu_shape))->rate; // error: RCU101
	n += per_cpu(cpu_shape, cpu)->rate; // error: RCU101
	n += per_cpu(declared_shape, cpu)->rate; // error: RCU101
	n += per_cpu(cpu_counters, cpu).shape->rate; // error: RCU101
	n += rcu_dereference(*this_cpu_ptr(&cpu_shape))->rate;
	n += rcu_dereference(per_cpu(cpu_shape, cpu))->rate;
	n += this_cpu_ptr(&cpu_counters)->hits;
	return n;
}

int tests(int cpu)
{
	for_each_possible_cpu(cpu) {
		if (per_cpu(cpu_shape, cpu)) // warning: RCU104
			return 1;
		per_cpu(cpu_shape, cpu) = NULL; // warning: RCU103
	}
	return 0;
}

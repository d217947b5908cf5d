// Slots that are RCU's by a cast in a macro, by a typedef, on several levels, per cpu.
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/percpu.h>
#include <linux/rcupdate.h>
#include <net/sock.h>

struct shape {
	int rate;
};

void take_opaque(void *data);

/* The member is plain, and annotated where it is used; the cast is reported where it is written. */
#define sk_user_data_slot(sk)	(*((void __rcu **)&(sk)->user_data)) // note: RCU106
#define rcu_dereference_sk_user_data(sk)				\
({									\
	void *__data = rcu_dereference(sk_user_data_slot(sk));		\
	(void *)((unsigned long)__data & ~1UL);				\
})
#define rcu_assign_sk_user_data(sk, data)				\
	rcu_assign_pointer(sk_user_data_slot(sk), data)

unsigned int of_a_socket(struct sock *sk, void *data)
{
	void *seen = rcu_dereference_sk_user_data(sk);

	seen = rcu_dereference(sk_user_data_slot(sk));
	seen = rcu_dereference_protected(sk_user_data_slot(sk), lockdep_sock_is_held(sk));
	seen = rcu_access_pointer(sk_user_data_slot(sk)) ? seen : data;
	rcu_assign_sk_user_data(sk, data);
	rcu_assign_pointer(sk_user_data_slot(sk), NULL);
	RCU_INIT_POINTER(sk_user_data_slot(sk), data);
	take_opaque(sk_user_data_slot(sk)); // error: RCU101
	sk_user_data_slot(sk) = data; // error: RCU102
	if (sk_user_data_slot(sk)) // warning: RCU104
		sk_user_data_slot(sk) = NULL; // warning: RCU103
	take_opaque(sk->user_data);
	sk->waiters_raw->flags = 0;
	return rcu_dereference(sk->filter)->len +
	       sk->filter->len + // error: RCU101
	       rcu_dereference(sk->waiters)->flags + !seen;
}

/* The same with the member's own type, and meant. */
struct link {
	struct shape *shape;
};

#define link_shape(link)	(*((struct shape __force __rcu **)&(link)->shape))

int of_a_link(struct link *link, struct shape *shape)
{
	rcu_assign_pointer(link_shape(link), shape);
	link_shape(link) = shape; // error: RCU102
	return rcu_dereference(link_shape(link))->rate +
	       link_shape(link)->rate; // error: RCU101
}

bool of_a_list(struct list_head *list, struct hlist_head *bucket, struct hlist_node *node)
{
	struct list_head *next = rcu_dereference(list_next_rcu(list));

	rcu_assign_pointer(list_next_rcu(list), next);
	rcu_assign_pointer(hlist_first_rcu(bucket), node);
	RCU_INIT_POINTER(hlist_next_rcu(node), NULL);
	next = rcu_dereference_raw(list->next);
	next = list_next_rcu(list); // error: RCU101
	hlist_first_rcu(bucket) = node; // error: RCU102
	if (!hlist_first_rcu(bucket)) // warning: RCU104
		return true;
	return rcu_access_pointer(hlist_first_rcu(bucket)) == node && list->next != next;
}

typedef u64 __rcu *entry_t;

struct numbers {
	entry_t entry;
	entry_t entries[4];
	entry_t __rcu *both;
};

u64 of_a_typedef(struct numbers *numbers, entry_t given, u64 *number, int i)
{
	u64 n = *numbers->entry; // error: RCU101

	n += *numbers->entries[i] + numbers->entry[2]; // error: RCU101, error: RCU101
	n += *given; // error: RCU105
	n += *rcu_dereference(numbers->entry);
	n += *rcu_dereference(rcu_dereference(numbers->both)[i]);
	n += *rcu_dereference(numbers->both)[i]; // error: RCU101
	numbers->entry = number; // error: RCU102
	rcu_assign_pointer(numbers->entries[i], number);
	return n;
}

struct levels {
	struct shape __rcu * __rcu *both;
	struct shape __rcu *__rcu *tight;
	struct shape __rcu * __rcu * __rcu *all;
};

int of_levels(struct levels *levels, struct shape __rcu **row, int i)
{
	struct shape __rcu **seen = rcu_dereference(levels->both);
	int n = rcu_dereference(seen[i])->rate;

	n += rcu_dereference(rcu_dereference(levels->tight)[i])->rate;
	n += levels->tight[i]->rate; // error: RCU101, error: RCU101
	n += rcu_dereference(rcu_dereference(rcu_dereference(levels->all)[1])[i])->rate;
	n += rcu_dereference(rcu_dereference(levels->all)[1])[i]->rate; // error: RCU101
	levels->both = row; // error: RCU102
	rcu_assign_pointer(levels->both, row);
	rcu_assign_pointer(levels->both[i], NULL); // error: RCU101
	return n;
}

struct counters {
	struct shape __rcu * __percpu *shapes;
	struct shape __rcu *__percpu *tight;
};

static DEFINE_PER_CPU(struct shape __rcu *, cpu_shape);
static DEFINE_PER_CPU(struct shape __rcu *, cpu_row)[2];

int of_a_cpu(struct counters *counters, struct shape *shape, int cpu)
{
	struct shape __rcu **slot = this_cpu_ptr(counters->shapes);
	int n = rcu_dereference(*slot)->rate;

	counters->shapes = alloc_percpu(struct shape __rcu *);
	n += rcu_dereference(*this_cpu_ptr(&cpu_shape))->rate;
	n += rcu_dereference(per_cpu(cpu_shape, cpu))->rate;
	n += rcu_dereference(*per_cpu_ptr(counters->tight, cpu))->rate;
	n += (*slot)->rate; // error: RCU101
	n += (*per_cpu_ptr(counters->tight, cpu))->rate; // error: RCU101
	n += (*raw_cpu_ptr(&cpu_shape))->rate; // error: RCU101
	rcu_assign_pointer(*this_cpu_ptr(&cpu_shape), shape);
	rcu_assign_pointer(per_cpu(cpu_shape, cpu), shape);
	RCU_INIT_POINTER(*per_cpu_ptr(counters->shapes, cpu), NULL);
	*this_cpu_ptr(counters->shapes) = shape; // error: RCU102
	return n + rcu_dereference(per_cpu(cpu_row, cpu)[1])->rate;
}

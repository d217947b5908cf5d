// Conditions that name another lock than the one that is held.
#include <linux/kernel.h>
#include <linux/rcupdate.h>
#include <linux/spinlock.h>
#include <linux/mutex.h>
#include <linux/syscalls.h>

struct shape {
	int rate;
};

struct port {
	struct shape __rcu *shape;
	struct shape __rcu *spare;
	struct shape __rcu *first, __rcu *next, __rcu *last;
	struct shape __rcu *table[4];
	spinlock_t lock;
	struct mutex other;
};

static DEFINE_MUTEX(ports_mutex);
static struct shape __rcu *current_shape;

void put(struct shape *shape);
void on_each_cpu(void (*func)(void *data), void *data, int wait);

/* The pointer is stored to under the lock. */
void replace(struct port *port, struct shape *shape)
{
	struct shape *old;

	spin_lock(&port->lock);
	old = rcu_dereference_protected(port->shape, lockdep_is_held(&port->other)); // warning: RCU205
	// fix: old = rcu_dereference_protected(port->shape, lockdep_is_held(&port->lock));
	rcu_assign_pointer(port->shape, shape);
	spin_unlock(&port->lock);
	put(old);
}

/* In a loop too, where the condition was said before. */
void clear(struct port *port)
{
	int i;

	spin_lock(&port->lock);
	for (i = 0; i < 4; i++) {
		put(rcu_dereference_protected(port->table[i], lockdep_is_held(&port->other))); // warning: RCU205
		RCU_INIT_POINTER(port->table[i], NULL);
	}
	spin_unlock(&port->lock);
}

/* It may be held by who calls. */
int look(struct port *port)
{
	int rate;

	spin_lock(&port->lock);
	rate = rcu_dereference_protected(port->spare, lockdep_is_held(&port->other))->rate;
	spin_unlock(&port->lock);
	return rate;
}

/* Nobody holds a spinlock who calls what sleeps. */
int sleeps(struct port *port)
{
	int rate;

	mutex_lock(&port->other);
	rate = rcu_dereference_protected(port->last, lockdep_is_held(&port->lock))->rate; // warning: RCU205
	// fix: rate = rcu_dereference_protected(port->last, lockdep_is_held(&port->other))->rate;
	mutex_unlock(&port->other);
	return rate;
}

static int inner(struct port *port)
{
	int rate;

	spin_lock(&port->lock);
	rate = rcu_dereference_protected(port->first, lockdep_is_held(&port->other))->rate; // warning: RCU205
	spin_unlock(&port->lock);
	return rate;
}

static int held_inner(struct port *port)
{
	int rate;

	spin_lock(&port->lock);
	rate = rcu_dereference_protected(port->next, lockdep_is_held(&port->other))->rate;
	spin_unlock(&port->lock);
	return rate;
}

/* All callers are known. */
SYSCALL_DEFINE1(rates, struct port *, port)
{
	int rate = inner(port);

	mutex_lock(&port->other);
	rate += held_inner(port);
	mutex_unlock(&port->other);
	return rate;
}

static void on_cpu(void *data)
{
	/* The lock is held by the task that calls the others. */
	put(rcu_dereference_protected(current_shape, mutex_is_locked(&ports_mutex)));
}

void everywhere(void)
{
	mutex_lock(&ports_mutex);
	on_each_cpu(on_cpu, NULL, 1);
	mutex_unlock(&ports_mutex);
}

int here(void)
{
	return rcu_dereference_protected(current_shape, mutex_is_locked(&ports_mutex))->rate; // warning: RCU205
}

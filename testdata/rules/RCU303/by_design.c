// Sections that are handed over on purpose: nothing is reported.
#include <linux/kernel.h>
#include <linux/rcupdate.h>
#include <linux/srcu.h>
#include <linux/errno.h>
#include <linux/spinlock.h>

struct shape {
	int rate;
};

struct port {
	struct shape __rcu *shape;
	struct srcu_struct srcu;
	spinlock_t lock;
	int flags;
	int (*attach)(struct port *port);
};

void touch(struct port *port);
void finish(struct port *port, int idx);

void begin(struct port *port)
{
	rcu_read_lock();
	touch(port);
}

void end(struct port *port)
{
	touch(port);
	rcu_read_unlock();
}

/* Locked if there is one. */
struct shape *find(struct port *port)
{
	struct shape *shape;

	rcu_read_lock();
	shape = rcu_dereference(port->shape);
	if (shape)
		return shape;
	rcu_read_unlock();
	return NULL;
}

struct shape *find_or_error(struct port *port)
{
	struct shape *shape;

	rcu_read_lock();
	shape = rcu_dereference(port->shape);
	if (!shape) {
		rcu_read_unlock();
		return ERR_PTR(-ENOENT);
	}
	return shape;
}

/* Locked if it says 0. */
int enter(struct port *port)
{
	rcu_read_lock();
	if (!rcu_access_pointer(port->shape)) {
		rcu_read_unlock();
		return -ENOENT;
	}
	return 0;
}

bool try_enter(struct port *port)
{
	rcu_read_lock();
	if (rcu_access_pointer(port->shape))
		return true;
	rcu_read_unlock();
	return false;
}

/* The callers' section is dropped for a while. */
int pause(struct port *port)
{
	rcu_read_unlock();
	touch(port);
	if (port->flags)
		return -EINVAL;
	rcu_read_lock();
	return 0;
}

/* One or the other is held. */
struct shape *either(struct port *port)
{
	struct shape *shape;

	rcu_read_lock();
	shape = rcu_dereference(port->shape);
	if (shape)
		return shape;
	rcu_read_unlock();
	spin_lock(&port->lock);
	shape = rcu_dereference_protected(port->shape, true);
	if (shape)
		return shape;
	spin_unlock(&port->lock);
	return NULL;
}

/* Whoever gets the index ends the section. */
int passed_on(struct port *port)
{
	int idx = srcu_read_lock(&port->srcu);

	if (port->flags) {
		finish(port, idx);
		return 1;
	}
	srcu_read_unlock(&port->srcu, idx);
	return 0;
}

/* What is called ends the section. */
int attach(struct port *port)
{
	int err = -ENODEV;

	rcu_read_lock();
	if (rcu_access_pointer(port->shape))
		err = port->attach(port);
	else
		rcu_read_unlock();
	return err;
}

static void finish_output(struct port *port)
{
	touch(port);
	rcu_read_unlock();
}

/* What is called through a pointer begins another. */
int output(struct port *port, int (*begin)(struct port *port))
{
	int err;

	rcu_read_lock();
	err = begin(port);
	if (err)
		goto out;
	finish_output(port);
out:
	rcu_read_unlock();
	return err;
}

/* The section lasts until another function is called, if this one returns 1. */
int begin_step(struct port *port)
{
	int handled = 0;

	if (port->flags)
		return -EINVAL;
	rcu_read_lock();
	if (!rcu_access_pointer(port->shape))
		goto out;
	touch(port);
	return 1;
out:
	rcu_read_unlock();
	return handled;
}

#ifdef CONFIG_SHAPES
static inline bool port_trylock(struct port *port)
{
	rcu_read_lock();
	if (!port->flags)
		return true;
	rcu_read_unlock();
	return false;
}
#else
static inline bool port_trylock(struct port *port)
{
	rcu_read_lock();
	return true;
}
#endif

static inline void port_unlock(void)
{
	rcu_read_unlock();
}

/* Of two configurations one always takes the section. */
void walk_port(struct port *port)
{
	if (!port_trylock(port))
		return;
	touch(port);
	port_unlock();
}

static int begin_output(struct port *port)
{
	rcu_read_lock();
	if (rcu_access_pointer(port->shape))
		return 0;
	rcu_read_unlock();
	return -ENOENT;
}

/* Handed on to the callers' callers. */
int begin_output_forward(struct port *port)
{
	return begin_output(port);
}

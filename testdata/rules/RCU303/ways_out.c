// Ways out that differ in the reader sections they leave behind.
#include <linux/kernel.h>
#include <linux/rcupdate.h>
#include <linux/srcu.h>
#include <linux/errno.h>

struct shape {
	int rate;
};

struct port {
	struct shape __rcu *shape;
	struct srcu_struct srcu;
	int flags;
};

void touch(struct port *port);

int early_return(struct port *port)
{
	struct shape *shape;
	int rate;

	rcu_read_lock();
	shape = rcu_dereference(port->shape);
	if (!shape)
		return -ENOENT; // error: RCU303
	rate = shape->rate;
	rcu_read_unlock();
	return rate;
}

void past_the_unlock(struct port *port)
{
	rcu_read_lock_bh();
	if (!rcu_access_pointer(port->shape))
		goto out;
	touch(port);
	rcu_read_unlock_bh();
out:
	touch(port);
} // error: RCU303

int one_of_two_domains(struct port *port, struct port *other)
{
	int idx = srcu_read_lock(&port->srcu);
	int own = srcu_read_lock(&other->srcu);

	touch(port);
	srcu_read_unlock(&other->srcu, own);
	if (port->flags)
		return -EINVAL; // error: RCU303
	srcu_read_unlock(&port->srcu, idx);
	return 0;
}

int ended_twice(struct port *port)
{
	int ret = 0;

	rcu_read_lock();
	if (!rcu_access_pointer(port->shape)) {
		rcu_read_unlock();
		ret = -ENOENT;
		goto out;
	}
	touch(port);
out:
	rcu_read_unlock(); // error: RCU303
	return ret;
}

struct shape *held_with_null(struct port *port)
{
	struct shape *shape;

	rcu_read_lock();
	shape = rcu_dereference(port->shape);
	if (!shape)
		return NULL; // error: RCU303
	touch(port);
	rcu_read_unlock();
	return NULL;
}

/* A guard ends on every way. */
int with_guard(struct port *port)
{
	guard(rcu)();
	if (!rcu_access_pointer(port->shape))
		return -ENOENT;
	return rcu_dereference(port->shape)->rate;
}

/* The same condition takes and releases. */
int correlated(struct port *port, bool wanted)
{
	int rate = 0;

	if (wanted)
		rcu_read_lock();
	touch(port);
	if (!wanted)
		return 0;
	rate = rcu_dereference(port->shape)->rate;
	rcu_read_unlock();
	return rate;
}

int by_flag(struct port *port)
{
	bool locked = false;

	if (port->flags & 1) {
		rcu_read_lock();
		locked = true;
	}
	touch(port);
	if (locked)
		rcu_read_unlock();
	return 0;
}

static struct shape *look_up(struct port *port)
{
	struct shape *shape;

	rcu_read_lock();
	shape = rcu_dereference(port->shape);
	if (shape)
		return shape; // error: RCU303
	rcu_read_unlock();
	return NULL;
}

/* Nobody ends the section that the lookup leaves open. */
int looked_up(struct port *port)
{
	struct shape *shape = look_up(port);

	return shape ? 1 : 0;
}

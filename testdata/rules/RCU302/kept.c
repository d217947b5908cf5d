// What keeps an object beyond the reader section: nothing is reported.
#include <linux/kernel.h>
#include <linux/rcupdate.h>
#include <linux/list.h>
#include <linux/atomic.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>

struct shape {
	int rate;
	atomic_t users;
	struct list_head node;
	struct shape *below;
};

struct port {
	struct shape __rcu *shape;
	struct shape *own;
	struct list_head shapes;
	struct mutex lock;
};

bool shape_tryget(struct shape *shape);
bool shape_hold(struct shape *shape);
struct port *port_of(int fd);

static bool shape_live(struct shape *shape)
{
	return atomic_inc_not_zero(&shape->users);
}

int reference(struct port *port)
{
	struct shape *shape;

	rcu_read_lock();
	shape = rcu_dereference(port->shape);
	if (!shape || !shape_tryget(shape)) {
		rcu_read_unlock();
		return 0;
	}
	rcu_read_unlock();
	return shape->rate;
}

/* The function says it by what it does, not by its name. */
int by_body(struct port *port)
{
	struct shape *shape;

	rcu_read_lock();
	shape = rcu_dereference(port->shape);
	if (!shape_live(shape))
		shape = NULL;
	rcu_read_unlock();
	return shape ? shape->rate : 0;
}

/* The reference is on what keeps it. */
int through_another(struct port *port)
{
	struct shape *shape;

	rcu_read_lock();
	shape = rcu_dereference(port->shape);
	shape_hold(shape->below);
	rcu_read_unlock();
	return shape->rate;
}

/* A copy of the pointer is the same object. */
int by_copy(struct port *port)
{
	struct shape *shape, *found = NULL;

	rcu_read_lock();
	list_for_each_entry_rcu(shape, &port->shapes, node) {
		if (shape_tryget(shape)) {
			found = shape;
			break;
		}
	}
	rcu_read_unlock();
	return found ? found->rate : 0;
}

/* Whoever compares it with a pointer that is good anyway has a good pointer. */
int compared(struct port *port)
{
	struct shape *shape;
	bool found = false;

	rcu_read_lock();
	list_for_each_entry_rcu(shape, &port->shapes, node) {
		if (shape == port->own) {
			found = true;
			break;
		}
	}
	rcu_read_unlock();
	return found ? shape->rate : 0;
}

int under_a_lock(struct port *port)
{
	struct shape *shape;
	int rate;

	mutex_lock(&port->lock);
	rcu_read_lock();
	shape = rcu_dereference(port->shape);
	rcu_read_unlock();
	rate = shape->rate;
	mutex_unlock(&port->lock);
	return rate;
}

static int callers_lock(struct port *port)
{
	struct shape *shape;

	rcu_read_lock();
	shape = rcu_dereference(port->shape);
	rcu_read_unlock();
	return shape->rate;
}

int locks(struct port *port)
{
	int rate;

	mutex_lock(&port->lock);
	rate = callers_lock(port);
	mutex_unlock(&port->lock);
	return rate;
}

int still_inside(struct port *port)
{
	struct shape *shape;
	int rate;

	rcu_read_lock();
	rcu_read_lock();
	shape = rcu_dereference(port->shape);
	rcu_read_unlock();
	rate = shape->rate;
	rcu_read_unlock();
	return rate;
}

bool only_tested(struct port *port)
{
	struct shape *shape;

	rcu_read_lock();
	shape = rcu_dereference(port->shape);
	rcu_read_unlock();
	return shape != NULL && shape != port->own;
}

/* The caller's file keeps what it points to. */
int same_as_of_file(struct port *port, int fd)
{
	struct shape *shape;

	rcu_read_lock();
	shape = rcu_dereference(port->shape);
	if (shape != port_of(fd)->own) {
		rcu_read_unlock();
		return 0;
	}
	rcu_read_unlock();
	return shape->rate;
}

struct port *port_get(struct port *port);

/* The owner is kept, and what it points to with it. */
int owner_is_kept(struct port *port)
{
	struct shape *shape;

	rcu_read_lock();
	shape = rcu_dereference(port->shape);
	if (!shape) {
		rcu_read_unlock();
		return 0;
	}
	port_get(port);
	rcu_read_unlock();
	return shape->rate;
}

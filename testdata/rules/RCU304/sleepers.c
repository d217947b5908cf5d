// Calls that may sleep in reader sections.
#include <linux/kernel.h>
#include <linux/rcupdate.h>
#include <linux/srcu.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/delay.h>

struct port {
	struct mutex lock;
	struct srcu_struct srcu;
	int flags;
	void *data;
};

bool in_atomic(void);
void touch(struct port *port);

void allocates(struct port *port)
{
	rcu_read_lock();
	port->data = kmalloc(8, GFP_KERNEL); // error: RCU304
	port->data = kmalloc(8, GFP_ATOMIC);
	rcu_read_unlock();
	port->data = kmalloc(8, GFP_KERNEL);
}

void locks(struct port *port)
{
	rcu_read_lock_bh();
	mutex_lock(&port->lock); // error: RCU304
	touch(port);
	mutex_unlock(&port->lock);
	rcu_read_unlock_bh();
}

void guarded(struct port *port)
{
	guard(rcu)();
	msleep(1); // error: RCU304
}

static void slow(struct port *port)
{
	if (!port->flags)
		return;
	mutex_lock(&port->lock);
	touch(port);
	mutex_unlock(&port->lock);
}

static void sometimes(struct port *port)
{
	if (port->flags)
		mutex_lock(&port->lock);
}

void through_a_function(struct port *port)
{
	rcu_read_lock();
	slow(port); // error: RCU304
	sometimes(port);
	rcu_read_unlock();
}

/* These readers may sleep. */
void of_a_domain(struct port *port)
{
	int idx = srcu_read_lock(&port->srcu);

	msleep(1);
	srcu_read_unlock(&port->srcu, idx);
}

/* Held on one way only. */
void maybe(struct port *port)
{
	if (port->flags)
		rcu_read_lock();
	touch(port);
	msleep(1);
	if (port->flags)
		rcu_read_unlock();
}

void dropped(struct port *port)
{
	rcu_read_lock();
	touch(port);
	rcu_read_unlock();
	msleep(1);
	rcu_read_lock();
	touch(port);
	rcu_read_unlock();
}

static void drops(struct port *port)
{
	rcu_read_unlock();
	msleep(1);
	rcu_read_lock();
}

void callee_drops(struct port *port)
{
	rcu_read_lock();
	drops(port);
	rcu_read_unlock();
}

void asks(struct port *port, gfp_t gfp)
{
	rcu_read_lock();
	if (!in_atomic())
		msleep(1);
	port->data = kmalloc(8, gfp);
	rcu_read_unlock();
}

#define EXPECT(condition)			\
	do {					\
		if (likely(condition))		\
			break;			\
		msleep(10);			\
	} while (0)

/* What sleeps is the exception: a check that fails. */
static void expected(int value)
{
	rcu_read_lock();
	EXPECT(value == 3);
	rcu_read_unlock();
}

void allocates_objects(struct port *port)
{
	rcu_read_lock();
	port->data = kzalloc_obj(*port); // error: RCU304
	port->data = kzalloc_obj(*port, GFP_ATOMIC);
	port->data = kmalloc_objs(*port, port->flags); // error: RCU304
	port->data = kmalloc_objs(*port, port->flags, GFP_KERNEL); // error: RCU304
	rcu_read_unlock();
}

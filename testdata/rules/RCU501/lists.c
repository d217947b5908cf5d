/* Plain loops of readers over lists that others change for readers. */
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/srcu.h>

struct peer {
	struct list_head node;
	struct list_head idle;
	struct hlist_node hash;
	int id;
};

struct port {
	struct list_head peers;
	struct list_head idle;
	struct hlist_head table[16];
	struct mutex lock;
};

static LIST_HEAD(all_peers);

static void port_add(struct port *port, struct peer *peer)
{
	mutex_lock(&port->lock);
	list_add_rcu(&peer->node, &port->peers);
	list_add(&peer->idle, &port->idle);
	hlist_add_head_rcu(&peer->hash, &port->table[peer->id & 15]);
	mutex_unlock(&port->lock);
}

static void walks(struct port *port)
{
	struct hlist_head *head = &port->table[3];
	struct peer *peer, *next;

	rcu_read_lock();
	list_for_each_entry(peer, &port->peers, node) // error: RCU501
	// fix: list_for_each_entry_rcu(peer, &port->peers, node)
		peer->id++;
	list_for_each_entry_safe(peer, next, &port->peers, node) // error: RCU501
		peer->id++;
	hlist_for_each_entry(peer, head, hash) // error: RCU501
	// fix: hlist_for_each_entry_rcu(peer, head, hash)
		peer->id++;
	list_for_each_entry_rcu(peer, &port->peers, node)
		peer->id++;
	/* Another list, which no reader concerns. */
	list_for_each_entry(peer, &port->idle, idle)
		peer->id++;
	rcu_read_unlock();
}

static void guarded(struct port *port)
{
	struct peer *peer;

	guard(rcu)();
	list_for_each_entry(peer, &port->peers, node) // error: RCU501
		peer->id++;
}

static void conditional(struct port *port, int id)
{
	struct peer *peer;

	if (!id)
		return;
	rcu_read_lock();
	if (id > 3) {
		list_for_each_entry(peer, &port->peers, node) // error: RCU501
			peer->id++;
	}
	rcu_read_unlock();
	/* No reader: the caller may hold the lock. */
	list_for_each_entry(peer, &port->peers, node)
		peer->id++;
}

/* Updaters are kept away. */
static void locked(struct port *port)
{
	struct peer *peer;

	mutex_lock(&port->lock);
	rcu_read_lock();
	list_for_each_entry(peer, &port->peers, node)
		peer->id++;
	rcu_read_unlock();
	mutex_unlock(&port->lock);
}

static void inner(struct port *port)
{
	struct peer *peer;

	rcu_read_lock();
	list_for_each_entry(peer, &port->peers, node)
		peer->id++;
	rcu_read_unlock();
}

static void outer(struct port *port)
{
	mutex_lock(&port->lock);
	inner(port);
	mutex_unlock(&port->lock);
}

static void asserted(struct port *port)
{
	struct peer *peer;

	lockdep_assert_held(&port->lock);
	rcu_read_lock();
	list_for_each_entry(peer, &port->peers, node)
		peer->id++;
	rcu_read_unlock();
}

/* A list of the function's own. */
static void drained(struct port *port)
{
	struct peer *peer, *next;
	LIST_HEAD(own);

	list_splice_init(&port->peers, &own);
	rcu_read_lock();
	list_for_each_entry_safe(peer, next, &own, node)
		peer->id++;
	rcu_read_unlock();
}

/* The same member links into two lists, of which readers walk one. */
struct job {
	struct list_head link;
};

struct queue {
	struct list_head active;
	struct list_head done;
	struct list_head lists[2];
};

enum { OLD, NEW };

static void queue_add(struct queue *queue, struct job *job)
{
	list_add_rcu(&job->link, &queue->active);
	list_add_rcu(&job->link, &queue->lists[NEW]);
}

static int queue_jobs(struct queue *queue, struct list_head *any)
{
	struct job *job;
	int count = 0;

	rcu_read_lock();
	list_for_each_entry(job, &queue->active, link) // error: RCU501
		count++;
	list_for_each_entry(job, &queue->done, link)
		count++;
	list_for_each_entry(job, &queue->lists[NEW], link) // error: RCU501
		count++;
	list_for_each_entry(job, &queue->lists[OLD], link)
		count++;
	/* Which of them? */
	list_for_each_entry(job, any, link)
		count++;
	rcu_read_unlock();
	return count;
}

/* Whole before readers see it, and never changed. */
struct step {
	struct list_head next;
	int what;
};

struct plan {
	struct list_head steps;
};

static void plan_step(struct plan *plan, struct step *step)
{
	list_add(&step->next, &plan->steps);
}

static int plan_length(struct plan __rcu **slot)
{
	struct step *step;
	struct plan *plan;
	int length = 0;

	rcu_read_lock();
	plan = rcu_dereference(*slot);
	list_for_each_entry_rcu(step, &plan->steps, next)
		length++;
	list_for_each_entry(step, &plan->steps, next)
		length += step->what;
	rcu_read_unlock();
	return length;
}

/* A macro of one's own over the list of another one. */
#define for_each_peer(peer)	list_for_each_entry(peer, &all_peers, node)
#define for_each_peer_rcu(peer)	list_for_each_entry_rcu(peer, &all_peers, node)

static int everybody(void)
{
	struct peer *peer;
	int count = 0;

	rcu_read_lock();
	for_each_peer_rcu(peer)
		count++;
	for_each_peer(peer) // error: RCU501
	// fix: for_each_peer_rcu(peer)
		count++;
	rcu_read_unlock();
	return count;
}

/* Whoever changes what it walks is an updater. */
struct seat {
	struct list_head link;
	struct rcu_head rcu;
	int taken;
};

static LIST_HEAD(seats);

static void seat_drop(struct seat *seat)
{
	list_del_rcu(&seat->link);
	kfree_rcu(seat, rcu);
}

static void seat_print(struct seat *seat)
{
	pr_info("%d\n", seat->taken);
}

static void seats_walk(void (*each)(struct seat *, void (*)(struct seat *)))
{
	struct seat *seat, *next;

	rcu_read_lock();
	list_for_each_entry_safe(seat, next, &seats, link)
		seat_drop(seat);
	list_for_each_entry_safe(seat, next, &seats, link)
		each(seat, seat_drop);
	list_for_each_entry_safe(seat, next, &seats, link)
		list_del_rcu(&seat->link);
	list_for_each_entry_safe(seat, next, &seats, link) // error: RCU501
		seat_print(seat);
	/* This one has a form for readers. */
	list_for_each_entry(seat, &seats, link) { // error: RCU501
		if (seat->taken) {
			seat_drop(seat);
			break;
		}
	}
	rcu_read_unlock();
}

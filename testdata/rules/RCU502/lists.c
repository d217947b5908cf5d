/* Plain calls that put something where readers find it. */
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>

struct peer {
	struct list_head node;
	struct hlist_node hash;
	struct list_head idle;
	struct list_head all;
	struct port *port;
	int id;
};

struct port {
	struct list_head ports;
	struct list_head peers;
	struct hlist_head table[16];
	struct list_head idle;
	struct mutex lock;
};

static LIST_HEAD(all_peers);

static int port_sum(struct port *port)
{
	struct peer *peer;
	int sum = 0;

	rcu_read_lock();
	list_for_each_entry_rcu(peer, &port->peers, node)
		sum += peer->id;
	hlist_for_each_entry_rcu(peer, &port->table[0], hash)
		sum += peer->id;
	list_for_each_entry_rcu(peer, &all_peers, all)
		sum += peer->id;
	rcu_read_unlock();
	return sum;
}

static void port_del(struct peer *peer)
{
	list_del_rcu(&peer->node);
	hlist_del_rcu(&peer->hash);
}

static void port_add(struct port *port, struct peer *peer)
{
	struct hlist_head *head = &port->table[peer->id & 15];

	mutex_lock(&port->lock);
	list_add(&peer->node, &port->peers); // error: RCU502
	// fix: list_add_rcu(&peer->node, &port->peers);
	list_add_tail(&peer->node, &port->peers); // error: RCU502
	// fix: list_add_tail_rcu(&peer->node, &port->peers);
	hlist_add_head(&peer->hash, head); // error: RCU502
	// fix: hlist_add_head_rcu(&peer->hash, head);
	list_add(&peer->all, &all_peers); // error: RCU502
	list_add_rcu(&peer->node, &port->peers);
	/* No reader walks this one. */
	list_add(&peer->idle, &port->idle);
	mutex_unlock(&port->lock);
}

static void port_insert(struct port *port, struct peer *peer, struct peer *after)
{
	mutex_lock(&port->lock);
	list_add(&peer->node, &after->node); // error: RCU502
	mutex_unlock(&port->lock);
}

/* No lock: other updaters are not reckoned with, so readers may not be either. */
static void port_fill(struct port *port, struct peer *peer)
{
	list_add(&peer->node, &port->peers);
}

static void port_fill_asserted(struct port *port, struct peer *peer)
{
	lockdep_assert_held(&port->lock);
	list_add(&peer->node, &port->peers); // error: RCU502
}

static void port_fill_called(struct port *port, struct peer *peer)
{
	list_add(&peer->node, &port->peers); // error: RCU502
}

static void port_fill_locked(struct port *port, struct peer *peer)
{
	mutex_lock(&port->lock);
	port_fill_called(port, peer);
	mutex_unlock(&port->lock);
}

/* Nobody can see it yet. */
static struct port *port_new(struct peer *peer)
{
	struct port *port = kzalloc(sizeof(*port), GFP_KERNEL);

	if (!port)
		return NULL;
	INIT_LIST_HEAD(&port->peers);
	list_add(&peer->node, &port->peers);
	return port;
}

static struct port *port_make(void)
{
	struct port *port = kzalloc(sizeof(*port), GFP_KERNEL);

	if (!port)
		return ERR_PTR(-ENOMEM);
	INIT_LIST_HEAD(&port->peers);
	return port;
}

static struct port *port_copy(struct peer *peer)
{
	struct port *port = port_make();

	if (IS_ERR(port))
		return port;
	list_add(&peer->node, &port->peers);
	return port;
}

/* Handed about, but still this function's own. */
static struct port *port_clone(struct port *from)
{
	struct port *port = port_make();
	struct peer *old, *peer;

	if (IS_ERR(port))
		return port;
	mutex_lock(&from->lock);
	list_for_each_entry(old, &from->peers, node) {
		peer = kzalloc(sizeof(*peer), GFP_KERNEL);
		if (!peer)
			break;
		list_add(&peer->node, &port->peers);
		peer->port = port;
	}
	mutex_unlock(&from->lock);
	return port;
}

/* Readers have found it by then. */
static void port_publish(struct port *shared, struct peer *peer)
{
	struct port *port = kzalloc(sizeof(*port), GFP_KERNEL);

	if (!port)
		return;
	mutex_lock(&shared->lock);
	list_add_rcu(&port->ports, &shared->ports);
	list_add(&peer->node, &port->peers); // error: RCU502
	mutex_unlock(&shared->lock);
}

static void port_init(struct port *port, struct peer *peer)
{
	INIT_LIST_HEAD(&port->peers);
	list_add(&peer->node, &port->peers);
}

static void collect(struct port *port, struct peer *peer, struct list_head *drained)
{
	LIST_HEAD(own);

	list_add(&peer->node, &own);
	list_add(&peer->node, drained);
}

/* Who walks holds the lock: an updater. */
struct job {
	struct list_head link;
};

static LIST_HEAD(jobs);
static struct mutex jobs_lock;

static int job_count(void)
{
	struct job *job;
	int count = 0;

	mutex_lock(&jobs_lock);
	list_for_each_entry_rcu(job, &jobs, link)
		count++;
	mutex_unlock(&jobs_lock);
	return count;
}

static void job_add(struct job *job)
{
	mutex_lock(&jobs_lock);
	list_add(&job->link, &jobs);
	mutex_unlock(&jobs_lock);
}

/* Filled before it is published, and never changed after that. */
struct step {
	struct list_head next;
};

struct plan {
	struct list_head steps;
};

static void plan_step(struct plan *plan, struct step *step)
{
	list_add_tail(&step->next, &plan->steps);
}

static int plan_length(struct plan __rcu **slot)
{
	struct step *step;
	int length = 0;

	rcu_read_lock();
	list_for_each_entry_rcu(step, &rcu_dereference(*slot)->steps, next)
		length++;
	rcu_read_unlock();
	return length;
}

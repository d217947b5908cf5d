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
	int id;
};

struct port {
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
	list_add(&peer->node, &after->node); // error: RCU502
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

	return port ?: ERR_PTR(-ENOMEM);
}

static struct port *port_copy(struct peer *peer)
{
	struct port *port = port_make();

	if (IS_ERR(port))
		return port;
	list_add(&peer->node, &port->peers);
	return port;
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

// A proof that names a variable which the access cannot name is of no use to it.
#include <linux/kernel.h>
#include <linux/rcupdate.h>
#include <linux/spinlock.h>

struct entry {
	int rate;
};

struct owner {
	spinlock_t lock;
};

struct socket_like {
	struct entry __rcu *entry;
};

int with_owner(struct owner *owner, struct socket_like *socket)
{
	return rcu_dereference_protected(socket->entry, lockdep_is_held(&owner->lock))->rate;
}

/* By another name, but the only one of its type. */
int with_another_owner(struct owner *parent, struct socket_like *other)
{
	return other->entry->rate; // error: RCU101
	// fix: return rcu_dereference_protected(other->entry, lockdep_is_held(&parent->lock))->rate;
}

int without_owner(struct socket_like *socket)
{
	return socket->entry->rate; // error: RCU101
	// fix: return rcu_dereference(socket->entry)->rate;
}

int with_two_owners(struct owner *first, struct owner *second, struct socket_like *socket)
{
	return socket->entry->rate; // error: RCU101
	// fix: return rcu_dereference(socket->entry)->rate;
}

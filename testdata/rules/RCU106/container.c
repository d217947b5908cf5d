// container_of() casts its pointer.
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/rcupdate.h>

struct port {
	struct list_head list;
	struct list_head __rcu *marked;
	int id;
};

int entries(struct list_head __rcu *link, struct list_head *plain, struct port *port)
{
	int n = list_entry(link, struct port, list)->id; // warning: RCU106

	n += container_of(link, struct port, list)->id; // warning: RCU106
	n += list_entry(port->marked, struct port, list)->id; // error: RCU101
	return n + list_entry(plain, struct port, list)->id;
}

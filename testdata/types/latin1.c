// A file that is not UTF-8: this is Latin-1, Jürgen.
#include <linux/kernel.h>
#include <linux/rcupdate.h>

struct shape {
	int rate;
};

struct port {
	struct shape __rcu *shape; /* größe */
};

int read_port(struct port *port)
{
	/* für */ return port->shape->rate; // error: RCU101
}

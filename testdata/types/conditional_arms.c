// Every arm that compiles is read, with braces that only one arm closes.
#include <linux/kernel.h>
#include <linux/rcupdate.h>

struct shape {
	int rate;
	int (*run)(int arg);
};

struct port {
	struct shape __rcu *shape;
	int fast;
};

int arms(struct port *port)
{
	int n = 0;

#ifdef CONFIG_PORT_FAST
	n += port->shape->rate; // error: RCU101
#else
	if (port->shape) // warning: RCU104
		n++;
#endif
	return n;
}

int unbalanced(struct port *port)
{
	int n = 0;

#ifdef CONFIG_PORT_FAST
	if (port->fast) {
#else
	if (!port->fast) {
#endif
		n += port->shape->rate; // error: RCU101
	}
	return n;
}

int half_an_if(struct port *port)
{
	int n = 0;

#ifdef CONFIG_PORT_FAST
	if (port->fast)
		n = 1;
	else
#endif
		n = port->shape->rate; // error: RCU101
	return n;
}

#ifdef CONFIG_PORT_FAST
int two_heads(struct port *port, int extra)
#else
int two_heads(struct port *port)
#endif
{
	return port->shape->rate; // error: RCU101
}

#if 0
int never(struct port *port)
{
	return port->shape->rate;
}
#endif

#if defined(CONFIG_PORT_FAST) && \
	!defined(CONFIG_PORT_SLOW)
int continued(struct port *port)
{
	return port->shape->rate; // error: RCU101
}
#elif defined(CONFIG_PORT_SLOW)
int elif_arm(struct port *port)
{
	return port->shape->rate; // error: RCU101
}
#endif

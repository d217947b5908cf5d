/* What another file of the module posts. */
#include <linux/kernel.h>
#include <linux/module.h>

void ports_end(void);

static void __exit ports_exit(void) // error: RCU407
{
	ports_end();
}
module_exit(ports_exit);

// The file beside this one calls a function that this one does not declare.
#include "pane.h"

int pane_inner_width(struct pane *pane)
{
	struct frame *inner = pane->inner; // error: RCU101
	// fix: struct frame *inner = rtnl_dereference(pane->inner);

	return inner->width;
}

// The files beside this one tell that the pointer belongs to RTNL.
#include "pane.h"

int pane_width_under_rtnl(struct pane *pane)
{
	struct frame *frame = pane->frame; // error: RCU101
	// fix: struct frame *frame = rtnl_dereference(pane->frame);

	return frame->width;
}

// Nothing is wrong here; the files beside it learn from it.
#include "pane.h"

int pane_height_under_rtnl(struct pane *pane)
{
	struct frame *frame = rtnl_dereference(pane->frame);

	return frame->height;
}

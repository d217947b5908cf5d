// Here it is declared.
#include "pane.h"
#include "proof.h"

int pane_inner_area(struct pane *pane)
{
	struct frame *inner = pane->inner; // error: RCU101
	// fix: struct frame *inner = rcu_dereference_protected(pane->inner, pane_lock_is_held(pane));

	return inner->width * inner->height;
}

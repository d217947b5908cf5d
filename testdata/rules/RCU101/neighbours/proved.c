// Nothing is wrong here; what it calls as its proof is not declared in the files beside it.
#include "pane.h"
#include "proof.h"

int pane_inner_height(struct pane *pane)
{
	struct frame *inner = rcu_dereference_protected(pane->inner, pane_lock_is_held(pane));

	return inner->height;
}

/* Included by one file of this folder alone. */
struct pane;

static inline int pane_lock_is_held(const struct pane *pane)
{
	return pane != 0;
}

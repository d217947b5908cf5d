// An owner may read plainly what only it replaces: a note.
#include <linux/kernel.h>
#include <linux/sched.h>

void lock_own_signals(void)
{
	spin_lock_irq(&current->sighand->siglock); // note: RCU101
	spin_unlock_irq(&current->sighand->siglock); // note: RCU101
}

void lock_their_signals(struct task_struct *task)
{
	spin_lock_irq(&task->sighand->siglock); // error: RCU101
	spin_unlock_irq(&task->sighand->siglock); // error: RCU101
}

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
	spin_lock_irq(&task->sighand->siglock); // note: RCU101
	spin_unlock_irq(&task->sighand->siglock); // note: RCU101
}

/* Only updaters may: a reader has to take what it finds. */
int count_as_reader(struct task_struct *task)
{
	int count;

	rcu_read_lock();
	count = task->sighand->count; // error: RCU101
	count += current->sighand->count; // note: RCU101
	rcu_read_unlock();
	return count;
}

/* Who holds the lock that keeps them from being replaced is an updater in a reader section too. */
int parent_of_running(struct task_struct *task)
{
	int pid;

	rcu_read_lock();
	read_lock(&tasklist_lock);
	pid = task->parent->pid; // note: RCU101
	read_unlock(&tasklist_lock);
	pid += task->parent->pid; // error: RCU101
	rcu_read_unlock();
	return pid;
}

/* Owners read; they store like everybody else. */
void replace_signals(struct task_struct *task, struct sighand_struct *sighand)
{
	task->sighand = sighand; // error: RCU102
	current->sighand = NULL; // warning: RCU103
}

/* The member of another structure that has the same name is nobody's convention. */
struct other {
	struct sighand_struct __rcu *sighand;
};

int of_another(struct other *current_other)
{
	return current_other->sighand->count; // error: RCU101
}

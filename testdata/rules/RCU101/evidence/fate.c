// A value that is never followed needs neither a reader nor a lock.
#include <linux/kernel.h>
#include <linux/rcupdate.h>

struct chip {
	int rate;
};

struct board {
	struct chip __rcu *chip;
};

void take_chip(struct chip *chip);
int chip_rate(struct chip *chip);

int compared(struct board *board, struct chip *wanted)
{
	struct chip *chip = board->chip; // error: RCU101
	// fix: struct chip *chip = rcu_access_pointer(board->chip);

	if (!chip)
		return -ENOENT;
	return chip == wanted;
}

unsigned long counted(struct board *board)
{
	return (unsigned long)board->chip; // error: RCU101
	// fix: return (unsigned long)rcu_access_pointer(board->chip);
}

int copied_and_compared(struct board *board, struct chip *wanted)
{
	struct chip *chip, *copy;

	chip = board->chip; // error: RCU101
	// fix: chip = rcu_access_pointer(board->chip);
	copy = chip;
	return copy == wanted;
}

int followed(struct board *board)
{
	struct chip *chip = board->chip; // error: RCU101
	// fix: struct chip *chip = rcu_dereference(board->chip);

	return chip ? chip->rate : 0;
}

int followed_as_a_copy(struct board *board)
{
	struct chip *chip = board->chip; // error: RCU101
	// fix: struct chip *chip = rcu_dereference(board->chip);
	struct chip *copy = chip;

	return copy->rate;
}

/* What is held is worth saying. */
int compared_as_reader(struct board *board, struct chip *wanted)
{
	struct chip *chip;
	int same;

	rcu_read_lock();
	chip = board->chip; // error: RCU101
	// fix: chip = rcu_dereference(board->chip);
	same = chip == wanted;
	rcu_read_unlock();
	return same;
}

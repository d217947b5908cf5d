/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#ifndef _LINUX_SPINLOCK_H
#define _LINUX_SPINLOCK_H

struct lockdep_map {
	const char *name;
};

typedef struct spinlock {
	unsigned int raw;
	struct lockdep_map dep_map;
} spinlock_t;

void spin_lock(spinlock_t *lock);
void spin_unlock(spinlock_t *lock);
int lock_is_held(const struct lockdep_map *map);
#define lockdep_is_held(lock)	lock_is_held(&(lock)->dep_map)

#endif

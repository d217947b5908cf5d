/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#ifndef _LINUX_RTNETLINK_H
#define _LINUX_RTNETLINK_H

#include <linux/rcupdate.h>
#include <linux/bug.h>

void rtnl_lock(void);
void rtnl_unlock(void);
int rtnl_is_locked(void);
int lockdep_rtnl_is_held(void);

#define ASSERT_RTNL()	WARN_ON(!rtnl_is_locked())
#define rtnl_dereference(p)						\
	rcu_dereference_protected(p, lockdep_rtnl_is_held())
#define rcu_dereference_rtnl(p)						\
	rcu_dereference_check(p, lockdep_rtnl_is_held())
#define rcu_replace_pointer_rtnl(rp, p)					\
	rcu_replace_pointer(rp, p, lockdep_rtnl_is_held())

#endif

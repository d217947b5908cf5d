// SPDX-License-Identifier: MIT OR Apache-2.0
//
// Marks plain uses of members that the same file also gives to an accessor of RCU: what can be
// said by names alone, without a type and without a header. scripts/compare-speed times it.
//
//     spatch --very-quiet --no-includes --sp-file scripts/plain-access.cocci FILE...

@accessed@
expression object;
identifier member;
position at;
@@

(
rcu_dereference(object->member@at)
|
rcu_dereference_bh(object->member@at)
|
rcu_dereference_rtnl(object->member@at)
|
rtnl_dereference(object->member@at)
|
rcu_dereference_raw(object->member@at)
|
rcu_dereference_check(object->member@at, ...)
|
rcu_dereference_protected(object->member@at, ...)
|
srcu_dereference(object->member@at, ...)
|
rcu_access_pointer(object->member@at)
|
rcu_assign_pointer(object->member@at, ...)
|
RCU_INIT_POINTER(object->member@at, ...)
|
rcu_replace_pointer(object->member@at, ...)
)

@plain@
expression object;
identifier accessed.member;
position at != accessed.at;
@@

* object->member@at

/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Lists: entries by container_of, loops that assign their cursor. */
#ifndef _LINUX_LIST_H
#define _LINUX_LIST_H

#include <linux/types.h>
#include <linux/compiler.h>
#include <linux/rcupdate.h>

#define LIST_HEAD(name)	struct list_head name = { &(name), &(name) }

void list_add(struct list_head *entry, struct list_head *head);
void list_add_rcu(struct list_head *entry, struct list_head *head);
void list_del(struct list_head *entry);
void list_del_rcu(struct list_head *entry);
void INIT_LIST_HEAD(struct list_head *head);
void list_add_tail(struct list_head *entry, struct list_head *head);
void list_add_tail_rcu(struct list_head *entry, struct list_head *head);
void list_splice_init(struct list_head *list, struct list_head *head);
void hlist_add_head(struct hlist_node *node, struct hlist_head *head);
void hlist_add_head_rcu(struct hlist_node *node, struct hlist_head *head);
void hlist_del_rcu(struct hlist_node *node);
bool list_empty(const struct list_head *head);

#define list_entry(ptr, T, member)	container_of(ptr, T, member)
#define list_first_entry(ptr, T, member)				\
	list_entry((ptr)->next, T, member)
#define list_next_entry(pos, member)					\
	list_entry((pos)->member.next, typeof(*(pos)), member)
#define list_entry_is_head(pos, head, member)	(&(pos)->member == (head))
#define list_entry_rcu(ptr, T, member)					\
	container_of(READ_ONCE(ptr), T, member)

#define list_for_each_entry(pos, head, member)				\
	for (pos = list_first_entry(head, typeof(*pos), member);	\
	     !list_entry_is_head(pos, head, member);			\
	     pos = list_next_entry(pos, member))
#define list_for_each_entry_safe(pos, n, head, member)			\
	for (pos = list_first_entry(head, typeof(*pos), member),	\
	     n = list_next_entry(pos, member);				\
	     !list_entry_is_head(pos, head, member);			\
	     pos = n, n = list_next_entry(n, member))
#define list_for_each_entry_rcu(pos, head, member, cond...)		\
	for (pos = list_entry_rcu((head)->next, typeof(*pos), member);	\
	     &pos->member != (head);					\
	     pos = list_entry_rcu(pos->member.next, typeof(*pos), member))

#define list_next_rcu(list)	(*((struct list_head __rcu **)(&(list)->next)))

#define hlist_first_rcu(head)	(*((struct hlist_node __rcu **)(&(head)->first)))
#define hlist_next_rcu(node)	(*((struct hlist_node __rcu **)(&(node)->next)))

#define hlist_entry(ptr, T, member)	container_of(ptr, T, member)
#define hlist_entry_safe(ptr, T, member)				\
({									\
	typeof(ptr) __node = (ptr);					\
	__node ? hlist_entry(__node, T, member) : NULL;			\
})
#define hlist_for_each_entry(pos, head, member)				\
	for (pos = hlist_entry_safe((head)->first, typeof(*(pos)), member); \
	     pos;							\
	     pos = hlist_entry_safe((pos)->member.next, typeof(*(pos)), member))
#define hlist_for_each_entry_rcu(pos, head, member, cond...)		\
	for (pos = hlist_entry_safe(rcu_dereference_raw(hlist_first_rcu(head)), \
				    typeof(*(pos)), member);		\
	     pos;							\
	     pos = hlist_entry_safe(rcu_dereference_raw(hlist_next_rcu(&(pos)->member)), \
				    typeof(*(pos)), member))

#endif

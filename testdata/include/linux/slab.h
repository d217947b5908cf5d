/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#ifndef _LINUX_SLAB_H
#define _LINUX_SLAB_H

#include <linux/types.h>

#define GFP_KERNEL	((gfp_t)1)
#define GFP_ATOMIC	((gfp_t)2)

struct kmem_cache;

void *kmalloc(size_t size, gfp_t flags);
void *kzalloc(size_t size, gfp_t flags);
void *kcalloc(size_t n, size_t size, gfp_t flags);
void *kmemdup(const void *src, size_t len, gfp_t flags);
void *kmem_cache_alloc(struct kmem_cache *cache, gfp_t flags);
void kfree(const void *object);
void kmem_cache_free(struct kmem_cache *cache, void *object);
void kmem_cache_destroy(struct kmem_cache *cache);

#define kzalloc_obj(P, ...)		((typeof(P) *)kzalloc(sizeof(P), GFP_KERNEL))
#define kmalloc_objs(P, COUNT, ...)	((typeof(P) *)kmalloc(sizeof(P) * (COUNT), GFP_KERNEL))
#define kzalloc_objs(P, COUNT, ...)	((typeof(P) *)kzalloc(sizeof(P) * (COUNT), GFP_KERNEL))

#define struct_size(p, member, n)	(sizeof(*(p)) + sizeof((p)->member[0]) * (n))

#endif

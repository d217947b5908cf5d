/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#ifndef _LINUX_PERCPU_H
#define _LINUX_PERCPU_H

#include <linux/types.h>
#include <linux/compiler.h>

extern unsigned long __per_cpu_offset[];
extern unsigned long this_cpu_offset(void);
extern void __percpu *__alloc_percpu(size_t size, size_t align);
extern int smp_processor_id(void);

#define DECLARE_PER_CPU(T, name)	extern __percpu typeof(T) name
#define DEFINE_PER_CPU(T, name)	__percpu typeof(T) name
#define alloc_percpu(T)							\
	(typeof(T) __percpu *)__alloc_percpu(sizeof(T), __alignof__(T))

#define __shift_percpu(ptr, off)					\
	((typeof(*(ptr)) __force *)((unsigned long)(ptr) + (off)))
#define per_cpu_ptr(ptr, cpu)	__shift_percpu((ptr), __per_cpu_offset[cpu])
#define this_cpu_ptr(ptr)	__shift_percpu((ptr), this_cpu_offset())
#define raw_cpu_ptr(ptr)	this_cpu_ptr(ptr)
#define per_cpu(var, cpu)	(*per_cpu_ptr(&(var), cpu))

#define for_each_possible_cpu(cpu)					\
	for ((cpu) = 0; (cpu) < 64; (cpu)++)

#endif

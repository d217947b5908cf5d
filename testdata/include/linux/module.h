/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#ifndef _LINUX_MODULE_H
#define _LINUX_MODULE_H

#define module_init(initfn)						\
	int init_module(void) __attribute__((alias(#initfn)));
#define module_exit(exitfn)						\
	void cleanup_module(void) __attribute__((alias(#exitfn)));

#endif

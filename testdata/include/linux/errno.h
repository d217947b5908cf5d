/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#ifndef _LINUX_ERRNO_H
#define _LINUX_ERRNO_H

#define ENOENT	2
#define ENOMEM	12
#define EEXIST	17
#define ENODEV	19
#define EINVAL	22
#define ERESTARTSYS	512

#endif

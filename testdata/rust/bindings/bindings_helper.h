/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What Rust sees of C here. */
#include <linux/port.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>

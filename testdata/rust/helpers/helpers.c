// SPDX-License-Identifier: MIT OR Apache-2.0
/* Functions of what bindgen makes none of. */
#include "port.c"
#include "rcu.c"

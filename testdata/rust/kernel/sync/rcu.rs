// SPDX-License-Identifier: MIT OR Apache-2.0
//! Reader sections.

use crate::bindings;

/// A reader section, as long as it lives.
pub struct Guard(());

impl Guard {
    pub fn new() -> Self {
        // SAFETY: It has no requirements.
        unsafe { bindings::rcu_read_lock() };
        Guard(())
    }

    pub fn unlock(self) {}
}

impl Drop for Guard {
    fn drop(&mut self) {
        // SAFETY: `new()` has begun the section.
        unsafe { bindings::rcu_read_unlock() };
    }
}

pub fn read_lock() -> Guard {
    Guard::new()
}

// SPDX-License-Identifier: MIT OR Apache-2.0
use crate::sync::rcu;

pub struct Revocable<T> {
    data: T,
}

/// Keeps what it leads to.
pub struct RevocableGuard<'a, T> {
    data: &'a T,
    _guard: rcu::Guard,
}

impl<T> Revocable<T> {
    pub fn try_access(&self) -> Option<RevocableGuard<'_, T>> {
        Some(RevocableGuard { data: &self.data, _guard: rcu::read_lock() })
    }
}

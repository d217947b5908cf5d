// SPDX-License-Identifier: MIT OR Apache-2.0
use core::cell::UnsafeCell;

#[repr(transparent)]
pub struct Opaque<T> {
    value: UnsafeCell<T>,
}

impl<T> Opaque<T> {
    pub fn get(&self) -> *mut T {
        self.value.get()
    }
}

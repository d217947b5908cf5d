// SPDX-License-Identifier: MIT OR Apache-2.0
//! A port, as Rust sees it.

use crate::{bindings, types::Opaque};
use core::ops::Deref;
use core::ptr::NonNull;

#[repr(transparent)]
pub struct Port(Opaque<bindings::port>);

pub type RawPort = bindings::port;

impl Port {
    pub fn as_ptr(&self) -> *mut bindings::port {
        self.0.get()
    }

    pub fn find(id: i32) -> Option<Handle> {
        // SAFETY: It has no requirements.
        NonNull::new(unsafe { bindings::port_find(id) }).map(|port| Handle { port })
    }
}

pub struct Handle {
    port: NonNull<bindings::port>,
}

impl Deref for Handle {
    type Target = Port;

    fn deref(&self) -> &Port {
        // SAFETY: The layout is the same.
        unsafe { self.port.cast().as_ref() }
    }
}

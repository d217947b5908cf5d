// Types, as far as declarations give them.

use crate::bindings as b;
use core::ptr::NonNull;
use kernel::bindings::{self, port as CPort};
use kernel::port::{Handle, Port, RawPort};
use kernel::types::Opaque;
use kernel::{container_of, prelude::*};

/// A member of the same name that is none of C's.
struct Cfg {
    cfg: *mut bindings::cfg,
}

struct Wrapper {
    inner: Opaque<bindings::port>,
    plain: Cfg,
    held: NonNull<CPort>,
}

type Shorter = Wrapper;

impl Wrapper {
    fn get(&self) -> *mut b::port {
        self.inner.get()
    }

    fn direct(&self) {
        let _ = unsafe { (*self.inner.get()).cfg }; // error: RCU601
        let _ = unsafe { (*self.get()).cfg }; // error: RCU601
        let _ = unsafe { (*self.held.as_ptr()).cfg }; // error: RCU601
        let _ = unsafe { self.held.as_ref().cfg }; // error: RCU601
        let _ = self.plain.cfg;
    }

    unsafe fn from_raw<'a>(port: *mut bindings::port) -> &'a Self {
        // SAFETY: The layout is the same.
        unsafe { &*port.cast() }
    }
}

fn of_a_shorter_name(one: &Shorter) {
    let _ = unsafe { (*one.inner.get()).cfg }; // error: RCU601
}

fn of_the_kernel_crate(port: &Port, handle: Handle, boxed: Pin<KBox<Port>>) {
    let _ = unsafe { (*port.as_ptr()).cfg }; // error: RCU601
    let _ = unsafe { (*handle.as_ptr()).cfg }; // error: RCU601
    let _ = unsafe { (*boxed.as_ptr()).cfg }; // error: RCU601
}

fn options(port: Option<&Port>, raw: *mut RawPort) -> Result {
    let port = port.ok_or(EINVAL)?;
    let _ = unsafe { (*port.as_ptr()).cfg }; // error: RCU601
    if let Some(raw) = NonNull::new(raw) {
        let _ = unsafe { (*raw.as_ptr()).cfg }; // error: RCU601
    }
    let Some(raw) = NonNull::new(raw) else { return Err(EINVAL) };
    let _ = unsafe { (*raw.as_ptr()).cfg }; // error: RCU601
    match unsafe { port.as_ptr().as_ref() } {
        Some(one) => drop(one.cfg), // error: RCU601
        None => {}
    }
    Ok(())
}

unsafe fn casts(opaque: *mut c_void, word: *mut core::ffi::c_ulong) {
    let port = opaque as *mut bindings::port;
    let _ = (*port).cfg; // error: RCU601
    let _ = (*opaque.cast::<bindings::port>()).cfg; // error: RCU601
    // SAFETY: It lies in a port.
    let port = unsafe { container_of!(word, bindings::port, id) };
    let _ = (*port).cfg; // error: RCU601
    let port: *const b::port_t = opaque.cast();
    let _ = (*port).cfg; // error: RCU601
    let port = opaque.cast();
    // Nothing tells what it is.
    let _ = (*port).cfg;
}

unsafe fn shadowed(port: *mut bindings::port, other: *mut Cfg) {
    let port = other;
    let _ = (*port).cfg;
    {
        let port = bindings::port_find(2);
        let _ = (*port).cfg; // error: RCU601
    }
    let _ = (*port).cfg;
    let closure = |port: *mut bindings::port| (*port).cfg; // error: RCU601
    let plain = |port: *mut Cfg| (*port).cfg;
}

unsafe fn of_no_known_structure(port: *mut bindings::unheard_of) {
    let _ = (*port).cfg;
}

unsafe fn generic<port>(one: *mut port) {
    let _ = (*one).cfg;
}

#[cfg(test)]
mod tests {
    unsafe fn left_out(port: *mut bindings::port) {
        let _ = (*port).cfg;
    }
}

macro_rules! not_looked_at {
    ($port:expr) => {
        (*$port as *mut bindings::port).cfg
    };
}

/// Types that a trait names.
trait Backend {
    type State;
    unsafe fn init(state: *mut Self::State);
}

impl Backend for Wrapper {
    type State = bindings::port;

    unsafe fn init(state: *mut Self::State) {
        let _ = (*state).cfg; // error: RCU601
    }
}

mod inner {
    use super::Wrapper;

    struct Many {
        all: Pin<&'static mut [Wrapper]>,
    }

    fn elements(many: &Many) {
        let _ = unsafe { (*many.all[0].inner.get()).cfg }; // error: RCU601
    }
}

fn ok<T>(pointer: *mut T) -> Result<*mut T> {
    Ok(pointer)
}

fn of_what_is_given(id: i32) -> Result {
    let port = ok(unsafe { bindings::port_find(id) })?;
    let _ = unsafe { (*port).cfg }; // error: RCU601
    Ok(())
}

unsafe fn imports_for_itself(port: *mut bindings::port) {
    use kernel::bindings::cfg as port_t;
    let _ = (*port.cast::<port_t>()).next; // error: RCU601
}

unsafe fn does_not(port: *mut b::port_t) {
    let _ = (*port).cfg; // error: RCU601
}

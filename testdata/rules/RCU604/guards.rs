// Guards that are kept, and guards that are not.

use kernel::bindings;
use kernel::sync::rcu::{self, read_lock, Guard};

fn not_kept(port: *mut bindings::port) -> i32 {
    rcu::read_lock(); // error: RCU604
    // fix: let _guard = rcu::read_lock();
    unsafe { bindings::port_mtu_locked(port) }
}

fn bound_to_nothing(port: *mut bindings::port) -> i32 {
    let _ = rcu::read_lock(); // error: RCU604
    // fix: let _guard = rcu::read_lock();
    unsafe { bindings::port_mtu_locked(port) }
}

fn assigned_to_nothing(port: *mut bindings::port) -> i32 {
    _ = kernel::sync::rcu::read_lock(); // error: RCU604
    // fix: let _guard = kernel::sync::rcu::read_lock();
    unsafe { bindings::port_mtu_locked(port) }
}

fn of_a_type(port: *mut bindings::port) -> i32 {
    let _: Guard = read_lock(); // error: RCU604
    // fix: let _guard = read_lock();
    unsafe { bindings::port_mtu_locked(port) }
}

fn by_other_names() {
    let _guard = read_lock();
    Guard::new(); // error: RCU604
    // fix: let _guard2 = Guard::new();
    made(); // error: RCU604
    // fix: let _guard2 = made();
}

fn made() -> Guard {
    rcu::read_lock()
}

fn kept(port: *mut bindings::port) -> i32 {
    let _guard = rcu::read_lock();
    let __ = rcu::read_lock();
    drop(rcu::read_lock());
    use_it(rcu::read_lock());
    let _ = use_it(&rcu::read_lock());
    let _ = &_guard;
    _guard.unlock();
    unsafe { bindings::port_mtu_locked(port) }
}

/// Of the same name, and no guard of a reader section.
mod other {
    pub struct Guard;
    pub fn read_lock() -> Guard {
        Guard
    }
}

fn of_another_lock() {
    other::read_lock();
    let _ = other::read_lock();
}

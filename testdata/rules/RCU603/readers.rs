// Which reader section is open, and what was loaded in it.

use core::mem;
use kernel::bindings;
use kernel::revocable::{Revocable, RevocableGuard};
use kernel::sync::rcu::{self, Guard};

pub fn in_a_section(port: *mut bindings::port) -> i32 {
    let _guard = rcu::read_lock();
    let cfg = unsafe { bindings::port_cfg(port) };
    unsafe { (*cfg).mtu }
}

pub fn without(port: *mut bindings::port) -> i32 {
    let cfg = unsafe { bindings::port_cfg(port) }; // error: RCU603
    unsafe { (*cfg).mtu }
}

pub fn helpers_may_have_their_own(port: *mut bindings::port) -> i32 {
    unsafe { bindings::port_mtu(port) }
}

pub fn dropped(port: *mut bindings::port) -> i32 {
    let guard = rcu::read_lock();
    let cfg = unsafe { bindings::port_cfg(port) };
    drop(guard);
    unsafe { (*cfg).mtu } // error: RCU603
}

pub fn unlocked(port: *mut bindings::port) -> i32 {
    let guard = Guard::new();
    let cfg = unsafe { bindings::port_cfg(port) };
    let mtu = unsafe { &(*cfg).mtu };
    guard.unlock();
    *mtu // error: RCU603
}

pub fn block_ended(port: *mut bindings::port) -> i32 {
    let cfg = {
        let _guard = rcu::read_lock();
        unsafe { bindings::port_cfg(port) }
    };
    unsafe { (*cfg).mtu } // error: RCU603
}

pub fn temporary(port: *mut bindings::port) -> i32 {
    let cfg = locked(&rcu::read_lock(), port);
    let cfg = with(rcu::read_lock(), unsafe { bindings::port_cfg(port) });
    let cfg = (rcu::read_lock(), unsafe { bindings::port_cfg(port) }).1;
    unsafe { (*cfg).mtu }
}

pub fn calls_that_begin_and_end(port: *mut bindings::port) -> i32 {
    unsafe { bindings::rcu_read_lock() };
    let cfg = unsafe { bindings::port_cfg(port) };
    let mtu = unsafe { (*cfg).mtu };
    unsafe { bindings::rcu_read_unlock() };
    mtu + unsafe { (*cfg).mtu } // error: RCU603
}

pub fn on_some_ways(port: *mut bindings::port, early: bool) -> i32 {
    let guard = rcu::read_lock();
    let cfg = unsafe { bindings::port_cfg(port) };
    if early {
        drop(guard);
        return unsafe { (*cfg).mtu }; // error: RCU603
    }
    unsafe { (*cfg).mtu }
}

pub fn perhaps(port: *mut bindings::port, early: bool) -> i32 {
    let guard = rcu::read_lock();
    let cfg = unsafe { bindings::port_cfg(port) };
    match early {
        true => drop(guard),
        false => mem::forget(guard),
    }
    unsafe { (*cfg).mtu }
}

pub fn a_reference_may_be_taken(port: *mut bindings::port) -> i32 {
    let guard = rcu::read_lock();
    let cfg = unsafe { bindings::port_cfg(port) };
    unsafe { bindings::cfg_get(cfg) };
    drop(guard);
    unsafe { (*cfg).mtu }
}

pub fn given_a_guard(port: *mut bindings::port, _guard: &Guard) -> i32 {
    let cfg = unsafe { bindings::port_cfg(port) };
    unsafe { (*cfg).mtu }
}

pub fn given_what_holds_one(port: *mut bindings::port, _held: &RevocableGuard<'_, u8>) -> i32 {
    unsafe { (*bindings::port_cfg(port)).mtu }
}

/// Two that lead to each other; who has the first has the guard of the second.
struct Round {
    next: Option<KBox<Trip>>,
}

struct Trip {
    back: Option<KBox<Round>>,
    held: Guard,
}

struct Tour {
    back: Option<KBox<Tour>>,
    other: Option<KBox<Way>>,
}

struct Way {
    back: Option<KBox<Tour>>,
}

pub fn given_what_leads_to_one(port: *mut bindings::port, _held: &Round) -> i32 {
    unsafe { (*bindings::port_cfg(port)).mtu }
}

pub fn given_what_leads_round(port: *mut bindings::port, _none: &Tour) -> i32 {
    unsafe { (*bindings::port_cfg(port)).mtu } // error: RCU603
}

/// # Safety
///
/// In a reader section.
pub unsafe fn asks_its_callers(port: *mut bindings::port) -> *mut bindings::cfg {
    unsafe { bindings::port_cfg(port) }
}

/// Who takes a section itself does not rely on that of its callers.
pub unsafe fn takes_its_own(port: *mut bindings::port) -> i32 {
    let guard = rcu::read_lock();
    let cfg = unsafe { bindings::port_cfg(port) };
    drop(guard);
    unsafe { (*cfg).mtu } // error: RCU603
}

pub fn what_may_hold_one(port: *mut bindings::port, data: &Revocable<u8>) -> Option<i32> {
    let _data = data.try_access()?;
    let cfg = unsafe { bindings::port_cfg(port) };
    Some(unsafe { (*cfg).mtu })
}

pub fn what_nobody_knows(port: *mut bindings::port) -> i32 {
    let _one = elsewhere();
    unsafe { (*bindings::port_cfg(port)).mtu }
}

pub fn in_a_closure(port: *mut bindings::port) -> i32 {
    let read = || unsafe { (*bindings::port_cfg(port)).mtu };
    read()
}

fn called_in_a_section(port: *mut bindings::port) -> i32 {
    unsafe { (*bindings::port_cfg(port)).mtu }
}

pub fn calls_it(port: *mut bindings::port) -> i32 {
    let _guard = rcu::read_lock();
    called_in_a_section(port)
}

pub fn moved(port: *mut bindings::port) -> (Guard, *mut bindings::cfg) {
    let guard = rcu::read_lock();
    let same = guard;
    let cfg = unsafe { bindings::port_cfg(port) };
    (same, cfg)
}

pub fn let_else_and_loops(port: *mut bindings::port) -> i32 {
    let mut sum = 0;
    for _ in 0..3 {
        let guard = rcu::read_lock();
        let Some(cfg) = core::ptr::NonNull::new(unsafe { bindings::port_cfg(port) }) else {
            continue;
        };
        sum += unsafe { (*cfg.as_ptr()).mtu };
        drop(guard);
        sum += unsafe { cfg.as_ref() }.mtu; // error: RCU603
    }
    sum
}

struct Reader {
    _guard: Guard,
    port: *mut bindings::port,
}

impl Reader {
    pub fn new(port: *mut bindings::port) -> Self {
        Reader { _guard: rcu::read_lock(), port }
    }

    pub fn mtu(&self) -> i32 {
        unsafe { (*bindings::port_cfg(self.port)).mtu }
    }
}

impl Operations for Reader {
    fn called_by_a_subsystem(port: *mut bindings::port) -> i32 {
        unsafe { (*bindings::port_cfg(port)).mtu }
    }
}

// What is written.

use core::ptr::{self, addr_of_mut};
use kernel::bindings;
use kernel::types::Opaque;

unsafe fn assignments(port: *mut bindings::port, cfg: *mut bindings::cfg) {
    (*port).id = 1;
    (*port).spare = cfg;
    (*port).cfg = cfg; // error: RCU602
    (*port).table[3] = cfg; // error: RCU602
    (*port).cfg = ptr::null_mut(); // warning: RCU602
    (*port).cfg = core::ptr::null_mut::<bindings::cfg>(); // warning: RCU602
    (*port).cfg = (*port).spare; // error: RCU602
    (*port).cfg = (*cfg).next; // error: RCU601, error: RCU602
}

unsafe fn through_pointers(port: *mut bindings::port, cfg: *mut bindings::cfg) {
    ptr::write(&raw mut (*port).cfg, cfg); // error: RCU602
    addr_of_mut!((*port).cfg).write(cfg); // error: RCU602
    let slot = &mut (*port).cfg;
    *slot = cfg; // error: RCU602
    let old = ptr::replace(&mut (*port).cfg, cfg); // error: RCU602
    // Whole, but not ordered.
    ptr::write_volatile(&raw mut (*port).cfg, cfg); // warning: RCU602
    addr_of_mut!((*port).cfg).write_volatile(ptr::null_mut());
    // A helper takes the address.
    bindings::cfg_assign(addr_of_mut!((*port).cfg), cfg);
}

unsafe fn not_yet_visible(cfg: *mut bindings::cfg) {
    let mut port: bindings::port = core::mem::zeroed();
    port.cfg = cfg; // note: RCU602
    let filled = bindings::port { cfg, ..Default::default() };
    let _ = Opaque::ffi_init(|slot: *mut bindings::port| {
        (*slot).cfg = cfg; // note: RCU602
        addr_of_mut!((*slot).cfg).write(cfg); // note: RCU602
    });
    let later = |slot: *mut bindings::port| (*slot).cfg = cfg; // error: RCU602
}

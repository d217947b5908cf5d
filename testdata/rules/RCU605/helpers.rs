// What bindgen makes no function of.

use kernel::bindings;
use kernel::sync::rcu;

fn macros(port: *mut bindings::port) {
    let _guard = rcu::read_lock();
    let cfg = unsafe { bindings::rcu_dereference((*port).cfg) }; // error: RCU605
    unsafe { bindings::rcu_assign_pointer((*port).cfg, cfg) }; // error: RCU605
    let cfg = unsafe { bindings::port_cfg_rcu(port) }; // error: RCU605
    let _ = unsafe { bindings::rcu_access_pointer((*port).cfg) }; // error: RCU605
}

fn inline_functions() {
    unsafe { bindings::rcu_read_lock_bh() }; // error: RCU605
    unsafe { bindings::rcu_read_unlock_bh() }; // error: RCU605
}

fn with_helpers_or_without_need(port: *mut bindings::port) {
    unsafe { bindings::rcu_read_lock() };
    let _ = unsafe { (*bindings::port_cfg(port)).mtu };
    unsafe { bindings::rcu_read_unlock() };
    unsafe { bindings::synchronize_rcu() };
    unsafe { bindings::rcu_read_lock_held() };
    unsafe { bindings::unheard_of() };
}

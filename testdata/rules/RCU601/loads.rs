// What is read, whatever the way to it.

use kernel::bindings;
use kernel::sync::rcu;

unsafe fn members(port: *mut bindings::port) {
    let _ = (*port).id;
    let cfg = (*port).cfg; // error: RCU601
    let _spare = (*port).spare;
    let next = (*cfg).next; // error: RCU601
    use_it((*port).table[2]); // error: RCU601
    let alias = port;
    let _ = (*alias).cfg; // error: RCU601
    let _ = (*(*(*port).cfg).next).mtu; // error: RCU601, error: RCU601
    let _ = next;
}

unsafe fn anonymous_and_renamed(port: *const bindings::port) {
    let _ = (*port).__bindgen_anon_1.active; // error: RCU601
    let _ = (*port).__bindgen_anon_1.word;
    let _ = (*port).type_; // error: RCU601
}

unsafe fn tested(port: *mut bindings::port, old: *mut bindings::cfg) -> bool {
    if (*port).cfg.is_null() { // warning: RCU601
        return false;
    }
    if unsafe { (*port).cfg }.is_null() { // warning: RCU601
        return false;
    }
    core::ptr::eq((*port).cfg, old) || (*port).cfg == old // warning: RCU601, warning: RCU601
}

unsafe fn addresses(port: *mut bindings::port) {
    let slot = core::ptr::addr_of!((*port).cfg);
    let other = &raw const (*port).cfg;
    let third = &mut (*port).cfg;
    take(core::ptr::addr_of_mut!((*port).cfg));
    take(&raw mut (*port).table[1]);
    let _ = core::ptr::read(slot); // error: RCU601
    let _ = other.read(); // error: RCU601
    let _ = *third; // error: RCU601
    let _ = *slot; // error: RCU601
    let _ = core::ptr::addr_of!((*port).cfg).read(); // error: RCU601
    let _ = (*port).table.as_ptr().add(1).read(); // error: RCU601
    // As READ_ONCE() in C.
    let _ = core::ptr::read_volatile(slot);
    let _ = other.read_volatile();
}

unsafe fn copies_of_a_structure(port: *const bindings::port) {
    let copy = *port;
    let _ = copy.cfg; // note: RCU601
}

fn reader_sections_do_not_excuse(port: *mut bindings::port) {
    let _guard = rcu::read_lock();
    let _ = unsafe { (*port).cfg }; // error: RCU601
}

unsafe fn globals_and_calls() {
    let _ = bindings::first_port.cfg; // error: RCU601
    let _ = (*bindings::port_find(1)).cfg; // error: RCU601
    let _ = (*(*bindings::port_find(1)).owner).real_cred; // error: RCU601
}

unsafe fn in_macros(port: *mut bindings::port) {
    pr_info!("{:p} {:p}\n", (*port).cfg, (*port).spare); // error: RCU601
    // What it does with its argument is not known.
    elsewhere!((*port).cfg);
    elsewhere!((*(*port).cfg).mtu); // error: RCU601
}

unsafe fn references(port: &bindings::port, ports: &[bindings::port]) {
    let _ = port.cfg; // error: RCU601
    let _ = ports[0].cfg; // error: RCU601
}

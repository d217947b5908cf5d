//! What is kept of earlier runs.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (u8, &[u8])| {
    let (kind, bytes) = input;
    rculint::trial::cache(kind % 7, bytes);
});

//! `rculint.toml`.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Err(message) = rculint::trial::config(text) {
        assert!(message.starts_with("rculint.toml:"), "{message}");
    }
});

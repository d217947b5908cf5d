//! Baselines, and what else is read of JSON and of a kernel's configuration.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rculint_analyzer::kernel::dotconfig::DotConfig;

fuzz_target!(|bytes: &[u8]| {
    if let Err(message) = rculint::trial::baseline(bytes) {
        assert!(message.starts_with("baseline: "), "{message}");
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        let config = DotConfig::read(text);
        for span in config.left_out(bytes) {
            assert!(span.start <= span.end && span.end as usize <= bytes.len());
        }
    }
});

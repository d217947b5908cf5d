//! `--fix`: what it leaves is as well understood as what it found, and fixing it again changes
//! nothing.
#![no_main]

use std::path::Path;

use libfuzzer_sys::fuzz_target;
use rculint::trial::fix;

mod common;

fuzz_target!(|bytes: &[u8]| {
    let path = Path::new("/code/t.c");
    let once = fix(path, bytes, &common::headers()).expect("the file is there");
    if once.made == 0 {
        assert_eq!(once.text, bytes);
        return;
    }
    let twice = fix(path, &once.text, &common::headers()).expect("the file is there");
    // Rounds are counted: what needs more than there are is told, and goes on.
    if once.refused == 0 {
        assert_eq!(
            String::from_utf8_lossy(&twice.text),
            String::from_utf8_lossy(&once.text),
            "fixing again changes something"
        );
    }
});

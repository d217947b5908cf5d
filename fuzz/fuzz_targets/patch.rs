//! Patches: read, applied, and taken back.
#![no_main]

use libfuzzer_sys::fuzz_target;

/// What the patches of the corpus are about.
const TEXT: &[u8] = b"#include \"shop.h\"\n\nint first(void)\n{\n\treturn 1;\n}\n\n\
    int second(struct shop *shop)\n{\n\treturn shop->door != 0;\n}\n\nint third(void)\n{\n\treturn 3;\n}\n";

fuzz_target!(|bytes: &[u8]| {
    rculint::trial::patch(bytes, &[("fs/a.c", TEXT), ("fs/a.h", TEXT), ("b.c", b"\n\n\n")]);
});

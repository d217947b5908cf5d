//! What the targets share.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use rculint_analyzer::files::{FileSystem, Memory};

/// The top of a kernel in miniature: the headers of testdata/include below `/include`, and what Rust sees
/// of a kernel, from testdata/rust, below `/rust`.
pub fn headers() -> Arc<dyn FileSystem> {
    static HEADERS: OnceLock<Arc<dyn FileSystem>> = OnceLock::new();
    let read = || -> Arc<dyn FileSystem> {
        let mut memory = Memory::default();
        let testdata = Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata");
        for folder in ["include", "rust"] {
            add(&testdata.join(folder), &Path::new("/").join(folder), &mut memory);
        }
        Arc::new(memory)
    };
    HEADERS.get_or_init(read).clone()
}

fn add(folder: &Path, below: &Path, memory: &mut Memory) {
    for entry in std::fs::read_dir(folder).expect("testdata/ is there").flatten() {
        let name = below.join(entry.file_name());
        if entry.path().is_dir() {
            add(&entry.path(), &name, memory);
        } else {
            memory.add(name, std::fs::read(entry.path()).expect("it can be read"));
        }
    }
}

//! Definitions of macros, the substitution of arguments, and expansion without end.
#![no_main]

use std::collections::BTreeMap;
use std::sync::Arc;

use libfuzzer_sys::fuzz_target;
use rculint_analyzer::types::{MacroDef, expand_all, split_arguments};

fuzz_target!(|text: &str| {
    let mut defined: BTreeMap<String, Arc<MacroDef>> = BTreeMap::new();
    let mut code = String::new();
    for line in text.lines() {
        match line.starts_with('#') {
            true => {
                if let Some(def) = MacroDef::read(line.as_bytes(), 0) {
                    assert!(def.name_span().range().end <= line.len());
                    defined.insert(def.name.to_string(), Arc::new(def));
                }
            }
            false => {
                code.push_str(line);
                code.push('\n');
            }
        }
    }
    let arguments = split_arguments(&code);
    for def in defined.values() {
        def.substitute(&arguments);
    }
    expand_all(&code, &|name| defined.get(name).cloned(), 20);
});

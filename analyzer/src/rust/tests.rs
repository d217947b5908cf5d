//! Whole files through the front end, without C.

use std::path::PathBuf;
use std::sync::Arc;

use crate::files::Memory;
use crate::{Input, Options, Workspace};

fn facts(text: &str) -> crate::facts::FileFacts {
    let mut files = Memory::default();
    files.add("/t.rs", text);
    let inputs = vec![Input { path: PathBuf::from("/t.rs"), shown: "t.rs".into() }];
    let workspace = Workspace::load(Arc::new(files), inputs, Options::default());
    workspace.analyze(0).unwrap()
}

fn reason(text: &str) -> String {
    let facts = facts(text);
    assert_eq!(facts.rust.statistics.map(|one| one.parsed), Some(false));
    assert_eq!(facts.statistics.broken.len(), 1);
    facts.statistics.broken[0].reason.clone()
}

#[test]
fn what_cannot_be_parsed_is_counted() {
    assert!(reason("fn f( {").starts_with("not parsed as Rust: "));
    assert!(reason("fn f()) {}").starts_with("not parsed as Rust: "));
    assert!(reason(&format!("fn f() {{ {} }}", "{".repeat(1000))).starts_with("nested too deeply"));
}

#[test]
fn a_broken_item_does_not_spoil_its_neighbours() {
    let lock = "let _ = kernel::sync::rcu::read_lock();";
    let text = format!(
        "// é\nfn a() {{ {lock} }}\nimpl const A for B {{ fn c() {{}} }}\nfn d() {{ {lock} }}"
    );
    let facts = facts(&text);
    assert_eq!(facts.rust.statistics.map(|one| one.parsed), Some(true));
    let [broken] = &facts.statistics.broken[..] else { panic!("{facts:?}") };
    assert!(text[..broken.span.start as usize].contains("impl"), "{broken:?}");
    let functions: Vec<_> = facts.rust.dropped.iter().map(|one| one.function.as_deref()).collect();
    assert_eq!(functions, [Some("a"), Some("d")]);
}

/// What is let through must not use up the stack, and each kind of nesting is let through as far as the
/// limits say.
#[test]
fn deep_code_is_survived() {
    let many = |text: &str| text.repeat(7_900 / text.len().max(2));
    for text in [
        format!("const A: bool = {}true;", many("!")),
        format!("const A: u8 = {}0;", many("-")),
        format!("const A: u8 = {}0;", many("0+")),
        format!("const A: u8 = x{};", many(".a()")),
        format!("type A = {}u8;", many("&")),
        format!("type A = {}u8{};", many("B<"), many(">")),
        format!("fn f() {{ if a {{}}{} }}", many(" else if a {}")),
        format!("fn f() {{ {}0 }}", many("|a|")),
        format!("fn f() {{ {}0 }}", many("a=")),
        format!("fn f() {{ {}a }}", many("&raw const *")),
        format!("fn f() {{ {} }}", many("return ")),
        format!("fn f(a: u8) {{ match a {{ {}0 => {{}} }} }}", many("0|")),
        format!("const A: u8 = {}0{};", "(".repeat(250), ")".repeat(250)),
        format!("fn f() {{ {}{} }}", "{".repeat(250), "}".repeat(250)),
        format!("fn f() {{ a!({}{}); }}", "(".repeat(250), ")".repeat(250)),
    ] {
        let _ = facts(&text);
    }
}

/// Each way from struct to struct by itself would take longer than anyone waits.
#[test]
fn structs_that_lead_to_all_others_are_survived() {
    let all: String = (0..60).map(|one| format!("m{one}: S{one}, ")).collect();
    let structs: String = (0..60).map(|one| format!("struct S{one} {{ {all} }}\n")).collect();
    let text = format!(
        "{structs}fn f(a: &S0) {{ let b = a.m1; let _ = kernel::sync::rcu::read_lock(); }}"
    );
    assert_eq!(facts(&text).rust.dropped.len(), 1);
}

#[test]
fn what_stands_in_front_moves_nothing() {
    for front in ["\u{feff}", "#!/usr/bin/env run\n", "#![no_std]\n", "// é\n"] {
        let text = format!(
            "{front}fn f() {{ let _ = kernel::sync::rcu::read_lock(); }} // rculint: allow(RCU604) x"
        );
        let facts = facts(&text);
        let [dropped] = &facts.rust.dropped[..] else { panic!("{text}: {facts:?}") };
        assert_eq!(&text[dropped.span.range()], "kernel::sync::rcu::read_lock()");
        assert_eq!(&text[dropped.binding.range()], "let _ = ");
        assert_eq!(facts.remarks.len(), 1);
    }
}

#[test]
fn left_out_code_is_counted() {
    let facts = facts(
        "#[cfg(test)]\nmod tests { fn a() {} }\n\
         #[test]\nfn b() {}\n\
         #[kunit_tests(x)]\nmod more {}\n\
         #[cfg(CONFIG_X)]\nfn c() {}\n\
         macro_rules! d { () => {}; }\n\
         module! { name: \"x\" }\n\
         mod inner { fn e() {} }\n",
    );
    let counts = facts.rust.statistics.unwrap();
    assert_eq!((counts.parsed, counts.tests, counts.macros), (true, 3, 2));
    assert_eq!(facts.statistics.parsed, 2);
}

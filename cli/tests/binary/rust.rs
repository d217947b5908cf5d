//! Rust files: found, checked, told apart, in changes, patches and fixes.

use crate::repository::{commit, edit, git, repository, write};
use crate::tree::Tree;

/// A file that reads a member which C declares `__rcu`.
const BAD: &str = "\
use kernel::bindings;

fn mtu(port: *mut bindings::port) -> i32 {
    let cfg = unsafe { (*port).cfg };
    unsafe { (*cfg).mtu }
}
";

/// A tree with the headers of its bindings.
fn tree() -> Tree {
    Tree::new()
        .add("linux/rust/bindings/bindings_helper.h", "#include <linux/port.h>\n")
        .add("linux/net/port.rs", BAD)
        .add(
            "linux/net/port.c",
            "#include <linux/port.h>\n\nint f(struct port *p) { return !p->cfg; }\n",
        )
}

/// Places and codes.
fn check(tree: &Tree, arguments: &[&str]) -> Vec<String> {
    let how = ["check", "--no-progress", "-q", "--format", "gcc"];
    let (_, out, err) = tree.run("linux", &[&how[..], arguments].concat());
    assert!(err.is_empty(), "{err}");
    let short = |line: &str| {
        let code = line.rsplit('[').next().unwrap_or_default().trim_end_matches(']');
        format!("{} {code}", line.splitn(4, ':').take(2).collect::<Vec<_>>().join(":"))
    };
    out.lines().map(short).collect()
}

#[test]
fn folders_and_languages() {
    let tree = tree();
    let (c, rust) = ("net/port.c:3 RCU104", "net/port.rs:4 RCU601");
    assert_eq!(check(&tree, &["net"]), [c, rust]);
    assert_eq!(check(&tree, &["."]), [c, rust]);
    assert_eq!(check(&tree, &["net/port.rs"]), [rust]);
    assert_eq!(check(&tree, &["--lang", "rust", "net"]), [rust]);
    assert_eq!(check(&tree, &["--lang", "c", "net"]), [c]);
    assert_eq!(check(&tree, &["--ignore", "RCU6", "net"]), [c]);
    // Without the headers there is nothing to know.
    std::fs::remove_file(tree.path().join("linux/rust/bindings/bindings_helper.h")).unwrap();
    assert_eq!(check(&tree, &["net"]), [c]);
}

#[test]
fn the_declaration_is_told() {
    let (status, out, _) = tree().run("linux", &["check", "-q", "--lang", "rust"]);
    assert_eq!(status, 1);
    assert!(out.starts_with("error[RCU601]: plain load of `(*port).cfg`: `struct port.cfg` is"));
    assert!(out.contains("--> net/port.rs:4:24") && out.contains("--> include/linux/port.h:7:"));
    assert!(out.contains("declared __rcu here"), "{out}");
}

#[test]
fn suppressed_by_comments() {
    let tree = tree();
    let allowed = "    // rculint: allow(RCU601) set once, before the port is shown\n    let cfg";
    write(&tree, "linux/net/port.rs", &BAD.replace("    let cfg", allowed));
    assert!(check(&tree, &["net/port.rs"]).is_empty());
    let beside = "/* rculint: allow(RCU601) 'a: set once */\n";
    write(&tree, "linux/net/port.rs", &BAD.replace("cfg };\n", &format!("cfg }}; {beside}")));
    assert!(check(&tree, &["net/port.rs"]).is_empty());
    let unused = BAD.replace("(*port).cfg", "(*port).spare").replace("    let cfg", allowed);
    write(&tree, "linux/net/port.rs", &unused);
    assert_eq!(check(&tree, &["net/port.rs"]), ["net/port.rs:4 RCU901"]);
}

#[test]
fn what_is_no_rust_is_counted_and_named() {
    let tree = tree().add("linux/net/broken.rs", "fn f( {\n");
    let run = |more: &[&str]| tree.run("linux", &[&["check", "net"], more].concat()).2;
    let err = run(&["--statistics"]);
    assert!(
        err.contains("\nRust: 2 files, 1 not parsed; left out: 0 for tests, 0 macros\n"),
        "{err}"
    );
    assert!(run(&["-v"]).contains("\nnet/broken.rs: not parsed as Rust: "), "{err}");
    assert!(!run(&["--lang", "c", "--statistics"]).contains("Rust:"));
}

#[test]
fn changes_and_patches() {
    let tree = repository();
    write(&tree, "linux/rust/bindings/bindings_helper.h", "#include <linux/port.h>\n");
    let good = BAD.replace("(*port).cfg", "bindings::port_cfg(port)");
    write(&tree, "linux/net/port.rs", &good);
    commit(&tree, "Rust");
    assert!(check(&tree, &["--diff-base", "HEAD"]).is_empty());
    write(&tree, "linux/net/port.rs", BAD);
    let bad = ["net/port.rs:4 RCU601"];
    assert_eq!(check(&tree, &["--diff-base", "HEAD"]), bad);
    assert!(check(&tree, &["--staged"]).is_empty());
    let patch = git(&tree, &["diff"]);
    git(&tree, &["add", "-A"]);
    assert_eq!(check(&tree, &["--staged"]), bad);
    git(&tree, &["reset", "-q", "--hard"]);
    write(&tree, "port.patch", &patch);
    assert_eq!(check(&tree, &["--patch", "../port.patch"]), bad);
    write(&tree, "linux/net/new.rs", BAD);
    assert_eq!(check(&tree, &["--diff-base", "HEAD"]), ["net/new.rs:4 RCU601"]);
    // An annotation in a header has an effect on Rust that did not change.
    edit(&tree, "linux/include/linux/port.h", "struct cfg __rcu *cfg;", "struct cfg *cfg;");
    commit(&tree, "plain");
    edit(&tree, "linux/include/linux/port.h", "struct cfg *cfg;", "struct cfg __rcu *cfg;");
    let found = check(&tree, &["--diff-base", "HEAD", "--lang", "rust"]);
    assert_eq!(found, ["net/new.rs:4 RCU601"]);
}

#[test]
fn known_findings() {
    let tree = tree();
    let (status, out, _) = tree.run("linux", &["check", "--write-baseline", "known", "net"]);
    assert_eq!((status, out.as_str()), (0, ""));
    assert!(check(&tree, &["--baseline", "known", "net"]).is_empty());
    edit(&tree, "linux/net/port.rs", "(*cfg).mtu", "(*(*port).cfg).mtu");
    assert_eq!(check(&tree, &["--baseline", "known", "net"]), ["net/port.rs:5 RCU601"]);
}

#[test]
fn guards_are_kept() {
    let text = "\
use kernel::sync::rcu;

fn f() {
    let _ = rcu::read_lock();
    g();
}

fn h() {
    rcu::read_lock();
    lock.lock();
}
";
    let tree = tree().add("linux/net/guard.rs", text);
    let fix = |arguments: &[&str]| {
        tree.run("linux", &[&["check", "-q", "--fix", "net/guard.rs"], arguments].concat());
        std::fs::read_to_string(tree.path().join("linux/net/guard.rs")).unwrap()
    };
    let once = text.replace("let _ =", "let _guard =");
    assert_eq!(fix(&[]), once);
    assert_eq!(fix(&["--unsafe-fixes"]), once.replace("    rcu::", "    let _guard = rcu::"));
}

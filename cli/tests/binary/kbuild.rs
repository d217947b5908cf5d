//! Called as kbuild calls a checker.

use crate::tree::{CLEAN, SOURCE, Tree};

/// The words that kbuild puts before the source, shortened.
const FLAGS: &[&str] = &[
    "-D__linux__",
    "-Wbitwise",
    "-Wno-return-void",
    "-fdiagnostic-prefix",
    "--arch=x86",
    "-mlittle-endian",
    "-m64",
    "-Wp,-MMD,fs/.a.o.d",
    "-nostdinc",
    "-I./arch/x86/include",
    "-I",
    "./include",
    "-include",
    "./include/linux/kconfig.h",
    "-D__KERNEL__",
    "-DKBUILD_MODNAME=\"a\"",
    "-c",
    "-o",
    "fs/a.o",
];

#[test]
fn clean_code_is_silent() {
    let tree = Tree::new().add("linux/fs/a.c", CLEAN);
    let arguments = [FLAGS, &["fs/a.c"]].concat();
    assert_eq!(tree.run("linux", &arguments), (0, String::new(), String::new()));
    assert!(!tree.path().join("linux/fs/.a.o.d").exists());
}

#[test]
fn a_missing_source_is_an_error() {
    let tree = Tree::new();
    let (status, out, err) = tree.run("linux", &[FLAGS, &["fs/a.c"]].concat());
    assert_eq!((status, out.as_str()), (2, ""));
    assert!(err.contains("fs/a.c: No such file"), "{err}");
}

#[test]
fn findings_are_warnings_on_stderr() {
    let tree = Tree::new().add("linux/fs/a.c", SOURCE).add("build/empty", "");
    let (status, out, err) = tree.run("linux", &[FLAGS, &["fs/a.c"]].concat());
    assert_eq!((status, out.as_str()), (0, ""));
    let lines: Vec<_> = err.lines().collect();
    assert_eq!(lines.len(), 2);
    assert!(lines[0].starts_with("fs/a.c:6:7: warning: plain test of `p->cfg`"), "{err}");
    assert!(lines[1].starts_with("fs/a.c:8:9: warning: plain load of `p->cfg`"), "{err}");
    assert!(lines.iter().all(|line| line.ends_with(']')), "{err}");
    // With O=, the build runs elsewhere.
    let (_, _, err) = tree.run("build", &[FLAGS, &["../linux/fs/a.c"]].concat());
    assert!(err.starts_with("../linux/fs/a.c:6:7: warning: "), "{err}");
}

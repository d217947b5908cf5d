//! Called as kbuild calls a checker.

use crate::tree::{CLEAN, SOURCE, Tree};

/// The words that kbuild puts before the source, shortened.
const FLAGS: &[&str] = &[
    "-D__linux__",
    "-Wbitwise",
    "-Wno-return-void",
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

/// A module outside a kernel tree, with headers in folders of its own, an accessor that only the
/// build's flags define, and a plain load in the header beside its source.
fn module() -> Tree {
    Tree::new()
        .add(
            "module/inc/shape.h",
            "#include <linux/port.h>\nstruct shape { struct port *port; };\n",
        )
        .add(
            "module/own.h",
            "static inline int own(struct shape *s) { return s->port->cfg->mtu; }\n",
        )
        .add(
            "module/shape.c",
            "#include \"shape.h\"\n#include \"own.h\"\n\
             int mtu(struct shape *s)\n{\n\treturn LOAD(s->port->cfg)->mtu + own(s);\n}\n",
        )
}

const LOAD: &str = "-DLOAD(p)=rcu_dereference(p)";

#[test]
fn a_module_outside_the_tree() {
    let arguments = [FLAGS, &["-I../module/inc", LOAD, "../module/shape.c"]].concat();
    let (status, out, err) = module().run("linux", &arguments);
    assert_eq!((status, out.as_str()), (0, ""));
    assert_eq!(err.lines().count(), 1, "{err}");
    assert!(
        err.starts_with("../module/own.h:1:49: warning: plain load of `s->port->cfg`"),
        "{err}"
    );
}

#[test]
fn flags_choose_rules_and_the_exit_status() {
    let tree = Tree::new().add("linux/fs/a.c", SOURCE);
    let run = |more: &[&str]| tree.run("linux", &[FLAGS, more, &["fs/a.c"]].concat());
    let (status, _, err) = run(&["-Wno-plain-test", "-Wrculint-error", "-fdiagnostic-prefix"]);
    assert_eq!(status, 1);
    assert_eq!(err.lines().count(), 1);
    assert!(err.starts_with("fs/a.c:8:9: rculint: warning: plain load"), "{err}");
    let (status, _, err) = run(&["-Wno-rcu101", "-Wno-rcu104", "-Wrculint-error", "-Werror"]);
    assert_eq!((status, err.as_str()), (0, ""));
}

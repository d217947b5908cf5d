//! Findings that someone has looked at.

use crate::tree::{SOURCE, Tree};

const ALLOWED: &str = "\
#include <linux/port.h>

int port_mtu(struct port *p);
int port_mtu(struct port *p)
{
	/* rculint: allow(RCU104) set once */
	if (!p->cfg)
		return 0;
	return p->cfg->mtu;
}
";

#[test]
fn what_is_suppressed_counts_for_nothing_but_is_counted() {
    let tree = Tree::new().add("linux/fs/a.c", ALLOWED);
    let (status, out, err) = tree.run("linux", &["check", "--select", "RCU104", "fs"]);
    assert_eq!((status, out.as_str(), err.as_str()), (0, "", "1 suppressed in 1 file\n"));
    let (status, out, err) = tree.run("linux", &["check", "fs"]);
    assert_eq!(status, 1);
    assert!(!out.contains("RCU104") && out.contains("RCU101"), "{out}");
    assert!(err.starts_with("1 error, 1 suppressed in 1 file\n"), "{err}");
    let (_, out, _) = tree.run("linux", &["check", "--format", "json", "--select", "RCU104", "fs"]);
    assert_eq!(out, "[]\n");
}

#[test]
fn what_is_suppressed_is_not_fixed() {
    let tree = Tree::new().add("linux/fs/a.c", ALLOWED);
    let (status, out, _) =
        tree.run("linux", &["check", "--diff", "--unsafe-fixes", "--select", "RCU104", "fs"]);
    assert_eq!((status, out.as_str()), (0, ""));
}

#[test]
fn suppressions_in_the_configuration() {
    let entry = |more: &str| {
        format!("[[suppress]]\npath = 'fs/a.c'\ncode = 'RCU104'\nreason = 'set once'\n{more}")
    };
    let tree = |configuration: &str| {
        Tree::new().add("linux/fs/a.c", SOURCE).add("linux/rculint.toml", configuration)
    };
    let run = |configuration: &str| {
        let (_, out, err) = tree(configuration)
            .run("linux", &["check", "--format", "gcc", "--level", "note", "fs"]);
        let codes: Vec<String> =
            out.lines().map(|line| line.rsplit_once('[').unwrap().1.to_owned()).collect();
        (codes.join(" ").replace(']', ""), err)
    };
    assert_eq!(run(&entry("")).0, "RCU101");
    assert_eq!(run(&entry("function = 'port_mtu'")).0, "RCU101");
    assert_eq!(run(&entry("expression = 'p -> cfg'")).0, "RCU104 RCU101 RCU901");
    assert_eq!(run(&entry("expression = 'p->cfg'")).0, "RCU101");
    assert_eq!(run(&entry("function = 'other'")).0, "RCU104 RCU101 RCU901");
    assert_eq!(run("[[suppress]]\npath = '*.c'\ncode = 'RCU104'\n").0, "RCU101 RCU902");
    // Of a file that is not looked at nothing is said.
    assert_eq!(run(&entry("").replace("fs/a.c", "net/b.c")).0, "RCU104 RCU101");
    assert_eq!(
        run(&format!("ignore = ['RCU9']\n{}", entry("function = 'other'"))).0,
        "RCU104 RCU101"
    );
    let (status, out, _) = tree(&entry("function = 'other'"))
        .run("linux", &["check", "--select", "RCU104,RCU901", "--format", "gcc", "fs"]);
    assert_eq!(status, 1);
    assert!(
        out.contains(
            "rculint.toml:1:1: warning: unused suppression: RCU104 finds nothing in fs/a.c that it \
             is about; remove it [RCU901]"
        ),
        "{out}"
    );
}

#[test]
fn unused_is_told_only_where_all_was_looked_at() {
    let unused = |code: &str| {
        format!(
            "int answer(void);\n/* rculint: allow({code}) x */\nint answer(void)\n{{\n\treturn 42;\n}}\n"
        )
    };
    let tree = Tree::new()
        .add("linux/fs/a.c", unused("RCU104"))
        .add("linux/fs/b.c", unused("RCU304"))
        .add("linux/fs/c.h", unused("RCU104"));
    let found = |arguments: &[&str]| {
        let (_, out, _) = tree.run("linux", &[&["check", "--format", "gcc"], arguments].concat());
        let names = out.lines().map(|line| line.split(':').next().unwrap().to_owned());
        names.collect::<Vec<_>>().join(" ")
    };
    assert_eq!(found(&["fs"]), "fs/a.c");
    assert_eq!(found(&["."]), "fs/a.c fs/b.c fs/c.h");
    assert_eq!(found(&["--select", "RCU101,RCU901", "."]), "");
    assert_eq!(found(&["--select", "RCU104", "."]), "");
}

#[test]
fn entries_are_unused_only_where_all_was_looked_at() {
    let entry = |path: &str, code: &str| {
        format!("[[suppress]]\npath = '{path}'\ncode = '{code}'\nreason = 'x'\n")
    };
    let unused = |path: &str, code: &str, arguments: &[&str]| {
        let tree = Tree::new()
            .add("linux/fs/a.c", crate::tree::CLEAN)
            .add("linux/arch/arm64/b.c", crate::tree::CLEAN)
            .add("linux/arch/x86/c.c", crate::tree::CLEAN)
            .add("linux/rculint.toml", entry(path, code));
        let arguments = [&["check", "--format", "gcc"], arguments].concat();
        tree.run("linux", &arguments).1.contains("[RCU901]")
    };
    assert!(unused("fs/a.c", "RCU104", &["fs/a.c"]));
    assert!(!unused("fs", "RCU104", &["fs/a.c"]));
    assert!(!unused("fs/a.c", "RCU304", &["fs/a.c"]));
    assert!(unused("fs", "RCU304", &["."]));
    assert!(unused("**/*.c", "RCU304", &["."]));
    assert!(unused("fs/gone.c", "RCU304", &["."]));
    assert!(!unused("fs/gone.c", "RCU304", &["fs"]));
    assert!(!unused("fs", "RCU304", &["--select", "RCU104,RCU901", "."]));
    assert!(!unused("arch/arm64/b.c", "RCU104", &["--arch", "x86", "."]));
    assert!(unused("arch/arm64/b.c", "RCU104", &["."]));
}

/// A header's findings may come from the files that include it, and its comments count then too.
#[test]
fn comments_in_headers_that_are_no_inputs() {
    let header = "\
struct own { struct cfg __rcu *cfg; };
/* rculint: allow(RCU101) only for the owner */
#define own_mtu(p) ((p)->cfg->mtu)
";
    let source = "\
#include <linux/port.h>
#include \"own.h\"
int own(struct own *p);
int own(struct own *p)
{
	return own_mtu(p);
}
";
    let tree = Tree::new().add("linux/fs/own.h", header).add("linux/fs/a.c", source);
    let (status, out, err) = tree.run("linux", &["check", "fs/a.c"]);
    assert_eq!((status, out.as_str(), err.as_str()), (0, "", "1 suppressed in 1 file\n"));
}

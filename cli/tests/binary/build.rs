//! Flags and folders of a build that was made before.

use crate::tree::Tree;

const SOURCE: &str = "\
#include <linux/port.h>
#include <generated/flavour.h>
int mtu(struct port *p)
{
	return LOAD(p->cfg)->mtu + MORE(p->cfg)->mtu;
}
";

/// A tree that was built in another folder.
fn built() -> Tree {
    Tree::new()
        .add("linux/fs/a.c", SOURCE)
        .add("build/include/generated/flavour.h", "#define MORE(p) rcu_dereference(p)\n")
}

fn findings(tree: &Tree, arguments: &[&str]) -> (i32, usize) {
    let mut words = vec!["check", "-q", "--format", "gcc"];
    words.extend_from_slice(arguments);
    words.push("fs");
    let (status, out, _) = tree.run("linux", &words);
    (status, out.lines().count())
}

#[test]
fn without_one_code_that_depends_on_it_is_plain() {
    assert_eq!(findings(&built(), &[]), (1, 2));
}

#[test]
fn a_database() {
    let tree = built();
    let entry = serde_json::json!([{
        "directory": tree.path().join("build"),
        "file": "../linux/fs/a.c",
        "command": "gcc -I../linux/include -I./include '-DLOAD(p)=rcu_dereference(p)' -c ../linux/fs/a.c",
    }]);
    let tree = tree.add("build/compile_commands.json", entry.to_string());
    assert_eq!(findings(&tree, &["--build-dir", "../build"]), (0, 0));
}

#[test]
fn files_that_kbuild_keeps() {
    let command = "savedcmd_fs/a.o := gcc -I../linux/include -I./include \
                   '-DLOAD(p)=rcu_dereference(p)' -c -o fs/a.o ../linux/fs/a.c ; ./objtool fs/a.o\n";
    let tree = built()
        .add("build/include/config/auto.conf", "CONFIG_X=y\n")
        .add("build/fs/.a.o.cmd", command);
    assert_eq!(findings(&tree, &["--build-dir", "../build"]), (0, 0));
}

#[test]
fn a_broken_database_is_named() {
    let tree = built().add("linux/compile_commands.json", "[{\"directory\": 3}]");
    let (status, out, err) = tree.run("linux", &["check", "fs"]);
    assert_eq!((status, out.as_str()), (2, ""));
    assert!(err.contains("linux/compile_commands.json: not a compilation database"), "{err}");
    let (status, _, err) = tree.run("linux", &["check", "--build-dir", "../none", "fs"]);
    assert_eq!(status, 2);
    assert!(err.contains("../none: No such file"), "{err}");
}

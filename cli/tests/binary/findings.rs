//! Findings from the source to the exit status.

use serde_json::Value;

use crate::tree::{CLEAN, SOURCE, Tree};

fn tree() -> Tree {
    Tree::new()
        .add("linux/fs/a.c", SOURCE)
        .add("linux/fs/b.c", SOURCE)
        .add("linux/fs/clean.c", CLEAN)
}

fn json(tree: &Tree, folder: &str, arguments: &[&str]) -> Vec<Value> {
    let (_, out, _) = tree.run(folder, &[&["check", "--format", "json"], arguments].concat());
    serde_json::from_str(&out).unwrap()
}

#[test]
fn files_are_named_as_the_arguments_say() {
    let tree = tree();
    let top = tree.path().join("linux").to_str().unwrap().to_owned();
    let absolute_file = format!("{top}/fs/a.c");
    for (folder, argument, root) in [
        ("linux", "fs/a.c", ""),
        ("linux", "./fs/a.c", ""),
        ("linux", ".", ""),
        ("linux", "fs", ""),
        ("", "linux", "linux/"),
        ("linux/fs", "../../linux/fs/a.c", "../../linux/"),
        ("linux/fs", "../fs", "../"),
        ("", top.as_str(), &format!("{top}/")),
        ("", absolute_file.as_str(), &format!("{top}/")),
    ] {
        let found = json(&tree, folder, &[argument]);
        assert_eq!(found[0]["filename"], format!("{root}fs/a.c"), "{argument}");
        let related = &found[0]["related"][0];
        assert_eq!(related["filename"], format!("{root}include/linux/port.h"), "{argument}");
        assert_eq!(related["message"], "declared __rcu here");
    }
    let found = json(&tree, "linux/fs", &["a.c"]);
    assert_eq!(found[0]["filename"], "a.c");
    assert_eq!(found[0]["related"][0]["filename"], "../include/linux/port.h");
}

#[test]
fn order_and_threads_do_not_show() {
    let tree = tree();
    for format in ["json", "gcc", "human", "concise"] {
        let run =
            |rest: &[&str]| tree.run("linux", &[&["check", "--format", format], rest].concat());
        let expected = run(&["-j1", "fs/a.c", "fs/b.c", "fs/clean.c"]);
        assert!(!expected.1.is_empty());
        assert_eq!(run(&["-j2", "fs/clean.c", "fs/b.c", "fs/a.c"]), expected);
        assert_eq!(run(&["-j4", "fs"]), expected);
        assert_eq!(run(&["fs/b.c", "fs", "./fs/a.c"]), expected);
    }
}

#[test]
fn levels_choose_output_and_status() {
    let tree = tree();
    let run = |rest: &[&str]| {
        let (status, out, _) =
            tree.run("linux", &[&["check", "--format", "gcc", "fs/a.c"], rest].concat());
        (status, out.lines().count())
    };
    assert_eq!(run(&[]), (1, 2));
    assert_eq!(run(&["--level", "error"]), (1, 1));
    assert_eq!(run(&["--select", "RCU104", "--fail-level", "error"]), (0, 1));
    assert_eq!(run(&["--select", "RCU104,plain-store"]), (1, 1));
    assert_eq!(run(&["--ignore", "RCU1", "--select", "RCU101"]), (1, 1));
    assert_eq!(run(&["--ignore", "RCU104", "--ignore", "RCU101"]), (0, 0));
}

#[test]
fn people_get_source_and_summary() {
    let tree = tree();
    let (status, out, err) = tree.run("linux", &["check", "fs/a.c"]);
    assert_eq!(status, 1);
    assert!(out.starts_with("warning[RCU104]: plain test of `p->cfg`"), "{out}");
    assert!(out.contains("struct cfg __rcu *cfg;"), "{out}");
    assert_eq!(
        err,
        "1 error, 1 warning in 1 file\n1 fixable with --fix, 1 more with --unsafe-fixes\n"
    );
    let (_, out, _) = tree.run("linux", &["check", "--color", "always", "fs/a.c"]);
    assert!(out.contains("\u{1b}["), "{out}");
    let forced = tree.rculint("linux", &["check", "fs"]).env("CLICOLOR_FORCE", "1").output();
    assert!(forced.unwrap().stdout.contains(&0x1b));
    let refused = tree
        .rculint("linux", &["check", "fs"])
        .envs([("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")])
        .output();
    assert!(!refused.unwrap().stdout.contains(&0x1b));
}

#[test]
fn findings_about_one_declaration_are_folded_for_people() {
    let tree = tree();
    let run = |rest: &[&str]| tree.run("linux", &[&["check", "fs"], rest].concat());
    let shown = |out: &str| out.matches("--> fs/").count();
    let (status, out, err) = run(&[]);
    assert_eq!((status, shown(&out)), (1, 3));
    assert!(
        out.ends_with(
            "    = and 1 more finding about what is declared here: include/linux/port.h:7:20 \
             (in 1 file; --all shows each)\n      1 x RCU101 plain-load\n\n"
        ),
        "{out}"
    );
    let all = "2 errors, 2 warnings in 3 files";
    let fixable = "2 fixable with --fix, 2 more with --unsafe-fixes";
    let folded = "1 finding folded into 1 declaration; --all shows each";
    assert_eq!(err, format!("{all} ({folded})\n{fixable}\n"));
    let (status, out, err) = run(&["--all"]);
    assert_eq!((status, shown(&out)), (1, 4));
    assert!(!out.contains("--all"), "{out}");
    assert_eq!(err, format!("{all}\n{fixable}\n"));
    // What is not printed does not count.
    let (_, out, _) = run(&["--level", "error"]);
    assert_eq!((shown(&out), out.contains("--all")), (2, false));
    for format in ["json", "gcc"] {
        assert_eq!(run(&["--format", format, "--all"]), run(&["--format", format]));
    }
}

#[test]
fn what_is_not_text_is_told_and_the_rest_goes_on() {
    let tree = tree().add("linux/fs/blob.c", b"\x7fELF\0\0");
    let (status, out, err) = tree.run("linux", &["check", "--format", "gcc", "fs"]);
    assert_eq!((status, out.lines().count()), (2, 4));
    assert_eq!(err, "rculint: error: fs/blob.c: not a text file (it has NUL bytes)\n");
    let (_, _, err) = tree.run("linux", &["check", "--statistics", "-q", "fs"]);
    assert!(err.contains("files: 3 checked, 1 not readable"), "{err}");
}

#[test]
fn trees_with_the_same_files_do_not_mix() {
    let tree = tree()
        .add("next/Kconfig", "")
        .add(
            "next/include/linux/port.h",
            "struct cfg { int mtu; };\nstruct port { struct cfg *cfg; };\n",
        )
        .add("next/fs/a.c", SOURCE);
    let found = json(&tree, "", &["next", "linux"]);
    assert_eq!(found.len(), 4);
    assert!(found.iter().all(|found| found["filename"].as_str().unwrap().starts_with("linux/")));
}

/// A folder that may not be read is told; root may read everything.
#[test]
fn forbidden_files_are_told_and_the_rest_goes_on() {
    use std::os::unix::fs::PermissionsExt;
    let tree = tree();
    let secret = tree.path().join("linux/fs/b.c");
    std::fs::set_permissions(&secret, PermissionsExt::from_mode(0o000)).unwrap();
    let readable = std::fs::read(&secret).is_ok();
    let (status, out, err) = tree.run("linux", &["check", "--format", "gcc", "fs"]);
    if readable {
        assert_eq!((status, out.lines().count()), (1, 4));
    } else {
        assert_eq!((status, out.lines().count()), (2, 2));
        assert!(err.contains("fs/b.c: Permission denied"), "{err}");
    }
}

/// Readers in one file and updaters in another show together that a pointer is an RCU pointer.
#[test]
fn a_pointer_is_inferred_from_several_files() {
    let tree = Tree::new()
        .add(
            "linux/include/linux/lane.h",
            "struct cfg { int mtu; };\nstruct lane {\n\tstruct cfg *cfg;\n};\n",
        )
        .add(
            "linux/fs/reader.c",
            "#include <linux/lane.h>\nint mtu(struct lane *lane)\n{\n\tint mtu;\n\n\
             \trcu_read_lock();\n\tmtu = lane->cfg->mtu;\n\trcu_read_unlock();\n\treturn mtu;\n}\n",
        )
        .add(
            "linux/fs/updater.c",
            "#include <linux/lane.h>\nvoid change(struct lane *lane, struct cfg *cfg)\n{\n\
             \tstruct cfg *old = lane->cfg;\n\n\tlane->cfg = cfg;\n\tkfree_rcu(old, rcu);\n}\n",
        );
    for file in ["fs/reader.c", "fs/updater.c"] {
        assert!(json(&tree, "linux", &["--select", "RCU108", file]).is_empty(), "{file}");
    }
    for jobs in ["1", "3"] {
        let found = json(&tree, "linux", &["--select", "RCU108", "-j", jobs]);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0]["filename"], "include/linux/lane.h");
        assert_eq!(found[0]["expression"], "lane.cfg");
        let related = found[0]["related"].as_array().unwrap();
        let places: Vec<_> = related.iter().map(|at| at["filename"].as_str().unwrap()).collect();
        assert_eq!(places, ["fs/reader.c", "fs/updater.c", "fs/updater.c"]);
        assert_eq!(found[0]["fix"]["edits"][0]["content"], "__rcu ");
    }
}

#[test]
fn a_declaration_in_an_arm_says_which() {
    let tree = Tree::new()
        .add(
            "linux/include/linux/box.h",
            "struct lid {\n\tint a;\n};\nstruct box {\n#ifdef CONFIG_LID\n\tstruct lid *lid;\n#endif\n};\n",
        )
        .add(
            "linux/fs/a.c",
            "#include <linux/box.h>\n\
             int lid(struct box *box)\n{\n\treturn rcu_dereference(box->lid)->a;\n}\n",
        );
    let arguments = ["check", "-q", "--format", "gcc", "--select", "RCU107", "fs"];
    let (_, out, _) = tree.run("linux", &arguments);
    let says = "`struct box.lid` is accessed as an RCU pointer but is not declared __rcu \
                (under #ifdef CONFIG_LID); declare it";
    assert!(out.contains(says), "{out}");
}

#[test]
fn a_pointer_that_is_inferred_says_in_which_arm_it_is_declared() {
    let tree = Tree::new()
        .add(
            "linux/include/linux/box.h",
            "struct lid {\n\tint a;\n\tstruct rcu_head rcu;\n};\n\
             struct box {\n#ifdef CONFIG_LID\n\tstruct lid *lid;\n#endif\n\tspinlock_t lock;\n};\n",
        )
        .add(
            "linux/fs/a.c",
            "#include <linux/box.h>\n\
             int lid(struct box *box)\n{\n\tint a;\n\n\trcu_read_lock();\n\ta = box->lid->a;\n\
             \trcu_read_unlock();\n\treturn a;\n}\n\
             void change(struct box *box, struct lid *new)\n{\n\tstruct lid *old;\n\n\
             \tspin_lock(&box->lock);\n\told = box->lid;\n\tbox->lid = new;\n\
             \tspin_unlock(&box->lock);\n\tkfree_rcu(old, rcu);\n}\n",
        );
    let arguments = ["check", "-q", "--format", "gcc", "--select", "RCU108", "fs"];
    let (_, out, _) = tree.run("linux", &arguments);
    let says = "not declared __rcu (under #ifdef CONFIG_LID); declare it";
    assert!(out.contains(says), "{out}");
}

#[test]
fn what_the_body_of_a_macro_does_says_in_which_arm_it_is_defined() {
    let tree = Tree::new()
        .add(
            "linux/include/linux/box.h",
            "struct lid {\n\tint a;\n};\nstruct box {\n\tstruct lid __rcu *lid;\n};\n\
             #ifdef CONFIG_LID\n#define box_a(box) ((box)->lid->a)\n#endif\n",
        )
        .add(
            "linux/fs/a.c",
            "#include <linux/box.h>\nint lid(struct box *box)\n{\n\treturn box_a(box);\n}\n",
        );
    let arguments = ["check", "-q", "--format", "gcc", "--select", "RCU101", "fs"];
    let (_, out, _) = tree.run("linux", &arguments);
    assert!(out.contains("(under #ifdef CONFIG_LID)"), "{out}");
}

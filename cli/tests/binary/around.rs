//! What surrounds a check: lists of paths, help, versions, completions and manual pages.

use std::fs;

use crate::tree::{CLEAN, SOURCE, Tree};

fn tree() -> Tree {
    Tree::new()
        .add("linux/fs/a.c", SOURCE)
        .add("linux/fs/a b.c", SOURCE)
        .add("linux/fs/clean.c", CLEAN)
}

/// Exit status and the last line of stderr, with a list on standard input.
fn listed(list: &str, arguments: &[&str]) -> (i32, String) {
    let tree = tree();
    let output = tree
        .rculint("linux", &[&["check"], arguments].concat())
        .write_stdin(list)
        .output()
        .unwrap();
    let err = String::from_utf8(output.stderr).unwrap();
    (output.status.code().unwrap(), err.lines().next().unwrap_or_default().to_owned())
}

#[test]
fn paths_come_from_lists() {
    let stdin = ["--files-from", "-"];
    let two =
        "2 errors, 2 warnings in 2 files (1 finding folded into 1 declaration; --all shows each)";
    assert_eq!(listed("fs/a.c\nfs/a b.c\n", &stdin), (1, two.to_owned()));
    assert_eq!(
        listed("fs/a.c\0fs/a b.c", &[&stdin[..], &["--null"]].concat()),
        (1, two.to_owned())
    );
    let one = "1 error, 1 warning in 2 files";
    assert_eq!(listed("fs/a.c\n", &[&stdin[..], &["fs/clean.c"]].concat()), (1, one.to_owned()));
    // An empty list is no reason to check everything.
    assert_eq!(listed("", &stdin), (0, "no findings in 0 files".to_owned()));
    let gone = "rculint: error: fs/gone.c: No such file or directory (os error 2)";
    assert_eq!(listed("fs/gone.c\n", &stdin), (2, gone.to_owned()));
    let list = "rculint: error: list: No such file or directory (os error 2)";
    assert_eq!(listed("", &["--files-from", "list"]), (2, list.to_owned()));
    assert_eq!(listed("", &["--null"]).0, 2);
    let tree = tree().add("linux/list", "fs/a.c\n");
    let (status, _, err) = tree.run("linux", &["check", "--files-from", "list"]);
    assert_eq!((status, err.lines().next()), (1, Some("1 error, 1 warning in 1 file")));
}

#[test]
fn help_has_examples_and_exit_statuses() {
    let tree = Tree::new();
    for arguments in [&["--help"][..], &["check", "--help"]] {
        let (status, out, err) = tree.run("", arguments);
        assert_eq!((status, err.as_str()), (0, ""));
        for part in ["Examples:\n", "Exit status:\n  0  ", "  1  Findings", "  2  The "] {
            assert!(out.contains(part), "{part}: {out}");
        }
    }
}

#[test]
fn the_version_may_have_a_commit() {
    let (status, out, _) = Tree::new().run("", &["--version"]);
    assert_eq!(status, 0);
    let plain = format!("rculint {}", env!("CARGO_PKG_VERSION"));
    let commit = out.trim_end().strip_prefix(&plain).unwrap();
    let digits = commit.strip_prefix(" (").and_then(|rest| rest.strip_suffix(')'));
    let hexadecimal = |text: &str| text.bytes().all(|byte| byte.is_ascii_hexdigit());
    assert!(commit.is_empty() || digits.is_some_and(hexadecimal), "{out}");
}

#[test]
fn completions_know_commands_and_formats() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let (status, out, err) = Tree::new().run("", &["completions", shell]);
        assert_eq!((status, err.as_str()), (0, ""));
        assert!(out.contains("check") && out.contains("--output-file") || shell == "fish");
        assert!(out.contains("explain"), "{shell}");
    }
}

#[test]
fn every_command_has_a_manual_page() {
    let tree = Tree::new();
    let (status, out, err) = tree.run("linux", &["man", "include"]);
    assert_eq!((status, out.as_str(), err.as_str()), (0, "", ""));
    for command in ["", "-check", "-explain", "-rules", "-coverage", "-audit", "-audit-percpu-ref"]
    {
        let page = tree.path().join(format!("linux/include/rculint{command}.1"));
        let text = fs::read_to_string(page).unwrap();
        assert!(text.contains(".SH NAME") && text.contains(".TH rculint"), "{command}");
    }
    assert_eq!(tree.run("linux", &["man", "gone"]).0, 2);
}

//! `--diff-base`, `--staged`, `--patch` and baselines, in a repository of git.

use crate::repository::{GOOD, command, commit, edit, git, repository, spoil, write};
use crate::tree::{SOURCE, Tree};

/// The lines of a check of types and annotations, in the form of gcc, without the messages.
fn check(tree: &Tree, folder: &str, arguments: &[&str]) -> (i32, Vec<String>, String) {
    let how = ["check", "--no-progress", "--format", "gcc", "--select", "RCU1"];
    let (status, out, err) = tree.run(folder, &[&how[..], arguments].concat());
    let short = |line: &str| {
        let code = line.rsplit('[').next().unwrap_or_default().trim_end_matches(']');
        let place = line.splitn(4, ':').take(2).collect::<Vec<_>>().join(":");
        format!("{place} {code}")
    };
    (status, out.lines().map(short).collect(), err)
}

fn new(tree: &Tree, arguments: &[&str]) -> Vec<String> {
    let (status, lines, err) = check(tree, "linux", arguments);
    assert_eq!(status, i32::from(!lines.is_empty()), "{err}");
    lines
}

#[test]
fn what_was_there_before_is_not_mentioned() {
    let tree = repository();
    assert!(new(&tree, &["--diff-base", "HEAD"]).is_empty());
    edit(&tree, "linux/net/old.c", "#include", "/* further down */\n\n#include");
    assert!(new(&tree, &["--diff-base", "HEAD"]).is_empty());
    edit(&tree, "linux/net/old.c", "return 0;", "return p->cfg->mtu + 1;");
    assert_eq!(new(&tree, &["--diff-base", "HEAD"]), ["net/old.c:9 RCU101"]);
}

#[test]
fn committed_staged_changed_or_not_even_added() {
    let tree = repository();
    spoil(&tree);
    for _ in 0..2 {
        assert_eq!(new(&tree, &["--diff-base", "main~0"]), ["net/good.c:6 RCU101"]);
        git(&tree, &["add", "-A"]);
    }
    git(&tree, &["checkout", "-q", "-b", "work"]);
    commit(&tree, "spoilt");
    assert!(new(&tree, &["--diff-base", "HEAD"]).is_empty());
    assert_eq!(new(&tree, &["--diff-base", "main"]), ["net/good.c:6 RCU101"]);
    write(&tree, "linux/net/more.c", &GOOD.replace("rcu_dereference(p->cfg)", "p->cfg"));
    assert_eq!(new(&tree, &["--diff-base", "HEAD"]), ["net/more.c:6 RCU101"]);
    // What the other branch repaired meanwhile is not this branch's fault.
    git(&tree, &["stash", "-q", "-u"]);
    git(&tree, &["checkout", "-q", "main"]);
    edit(&tree, "linux/net/old.c", "p->cfg", "0");
    commit(&tree, "repaired");
    git(&tree, &["checkout", "-q", "work"]);
    assert_eq!(new(&tree, &["--diff-base", "main"]), ["net/good.c:6 RCU101"]);
}

#[test]
fn moved_and_removed_files() {
    let tree = repository();
    git(&tree, &["mv", "net/old.c", "net/moved.c"]);
    git(&tree, &["rm", "-q", "net/good.c"]);
    assert!(new(&tree, &["--diff-base", "HEAD"]).is_empty());
    assert!(new(&tree, &["--staged"]).is_empty());
    edit(&tree, "linux/net/moved.c", "port_mtu", "port_size");
    assert!(new(&tree, &["--diff-base", "HEAD"]).is_empty());
}

#[test]
fn a_file_that_moved_without_git() {
    let tree = repository();
    let path = |name: &str| tree.path().join("linux/net").join(name);
    std::fs::rename(path("old.c"), path("moved.c")).unwrap();
    assert!(new(&tree, &["--diff-base", "HEAD"]).is_empty());
}

/// The hook of the README: the bad commit is refused, however it is made, and the repaired one made.
#[test]
fn a_hook_refuses_what_is_bad() {
    use std::os::unix::fs::PermissionsExt;
    let tree = repository();
    let hook = tree.path().join("linux/.git/hooks/pre-commit");
    std::fs::create_dir_all(hook.parent().unwrap()).unwrap();
    let program = assert_cmd::cargo::cargo_bin!("rculint").display().to_string();
    let how = "check --staged --quiet --select RCU1 --format gcc net";
    std::fs::write(&hook, format!("#!/bin/sh\nexec '{program}' {how}\n")).unwrap();
    std::fs::set_permissions(&hook, std::fs::Permissions::from_mode(0o755)).unwrap();
    let commit = |arguments: &[&str]| {
        let mut git = command(tree.path());
        let output = git.args(["commit", "-q", "-m", "x"]).args(arguments).output().unwrap();
        // A hook's output goes to standard error.
        (output.status.success(), String::from_utf8(output.stderr).unwrap())
    };
    spoil(&tree);
    let (done, said) = commit(&["-a"]);
    let expected = "net/good.c:6:9: error: plain load of `p->cfg`, an __rcu pointer";
    assert!(!done && said.starts_with(expected) && said.lines().count() == 1, "{said}");
    let (done, _) = commit(&["net/good.c"]);
    assert!(!done);
    git(&tree, &["add", "-A"]);
    assert!(!commit(&[]).0);
    write(&tree, "linux/net/good.c", &GOOD.replace("port_rate", "port_speed"));
    assert!(!commit(&[]).0, "what is staged is bad still");
    let (done, said) = commit(&["-a"]);
    assert!(done && said.is_empty(), "{said}");
}

#[test]
fn headers_have_an_effect_on_files_that_did_not_change() {
    let tree = repository();
    edit(&tree, "linux/include/linux/port.h", "struct cfg __rcu *cfg;", "struct cfg *cfg;");
    commit(&tree, "plain");
    edit(&tree, "linux/include/linux/port.h", "struct cfg *cfg;", "struct cfg __rcu *cfg;");
    let found = new(&tree, &["--diff-base", "HEAD", "-v"]);
    assert_eq!(found, ["net/old.c:6 RCU104", "net/old.c:8 RCU101"]);
    let (_, _, err) = check(&tree, "linux", &["--diff-base", "HEAD", "-v"]);
    assert!(err.contains("what is said of __rcu changed for cfg: in 2 files more"), "{err}");
    assert!(
        err.contains("looking at 1 file that changed and 2 files that can be affected"),
        "{err}"
    );
    assert_eq!(new(&tree, &["--diff-base", "HEAD", "include"]), [""; 0]);
    // The word goes again: its accessors are still there.
    commit(&tree, "annotated");
    edit(&tree, "linux/include/linux/port.h", "struct cfg __rcu *cfg;", "struct cfg *cfg;");
    let found = new(&tree, &["--diff-base", "HEAD"]);
    assert_eq!(found, ["include/linux/port.h:7 RCU107", "include/linux/port.h:7 RCU109"]);
}

#[test]
fn silence_is_a_finding() {
    let tree = repository();
    edit(&tree, "linux/net/old.c", "p->cfg->mtu", "rcu_dereference_raw(p->cfg)->mtu");
    assert_eq!(new(&tree, &["--diff-base", "HEAD"]), ["net/old.c:8 RCU109"]);
    assert!(new(&tree, &["--diff-base", "HEAD", "--ignore", "RCU109"]).is_empty());
    commit(&tree, "silent");
    assert!(new(&tree, &["--diff-base", "HEAD"]).is_empty());
}

#[test]
fn staged_content_counts_not_the_work_tree() {
    let tree = repository();
    spoil(&tree);
    assert!(new(&tree, &["--staged"]).is_empty());
    git(&tree, &["add", "-A"]);
    write(&tree, "linux/net/good.c", GOOD);
    write(&tree, "linux/include/linux/port.h", "/* not staged */\n");
    assert_eq!(new(&tree, &["--staged"]), ["net/good.c:6 RCU101"]);
    // What is shown is what is staged.
    let (_, out, _) =
        tree.run("linux", &["check", "--staged", "--select", "RCU1", "--no-progress"]);
    assert!(out.contains("6 |         return p->cfg->mtu;"), "{out}");
    assert!(out.contains("7 |         struct cfg __rcu *cfg;"), "{out}");
}

#[test]
fn a_first_commit_is_new_as_a_whole() {
    let tree = Tree::new().add("linux/net/old.c", SOURCE);
    git(&tree, &["init", "-q"]);
    git(&tree, &["add", "-A"]);
    assert_eq!(new(&tree, &["--staged"]), ["net/old.c:6 RCU104", "net/old.c:8 RCU101"]);
}

#[test]
fn folders_narrow() {
    let tree = repository();
    spoil(&tree);
    assert!(new(&tree, &["--diff-base", "HEAD", "lib"]).is_empty());
    assert_eq!(new(&tree, &["--diff-base", "HEAD", "lib", "net"]), ["net/good.c:6 RCU101"]);
    let (_, lines, _) = check(&tree, "linux/net", &["--diff-base", "HEAD"]);
    assert_eq!(lines, ["good.c:6 RCU101"]);
    let (_, lines, _) = check(&tree, ".", &["--diff-base", "HEAD", "linux/net/good.c"]);
    assert_eq!(lines, ["linux/net/good.c:6 RCU101"]);
}

#[test]
fn patches_as_mailed() {
    let tree = repository();
    spoil(&tree);
    commit(&tree, "spoilt\n\nA text that has --- in it:\n--- like this");
    git(&tree, &["mv", "net/good.c", "net/better.c"]);
    commit(&tree, "moved");
    let series = git(&tree, &["format-patch", "--stdout", "main~2"]);
    git(&tree, &["reset", "-q", "--hard", "main~2"]);
    write(&tree, "series.mbox", &series);
    let patch = |arguments: &[&str]| {
        check(&tree, "linux", &[&["--patch", "../series.mbox"], arguments].concat())
    };
    let (status, lines, _) = patch(&[]);
    assert_eq!((status, lines), (1, vec!["net/better.c:6 RCU101".to_owned()]));
    assert!(tree.path().join("linux/net/good.c").exists(), "nothing is written");
    edit(&tree, "linux/net/good.c", "#include", "\n\n#include");
    let (_, lines, err) = patch(&["-v"]);
    assert_eq!(lines, ["net/better.c:8 RCU101"]);
    assert!(err.contains("net/good.c: hunk 1 went 2 lines further down than line 3"), "{err}");
    edit(&tree, "linux/net/good.c", "rcu_dereference(p->cfg)", "rcu_access_pointer(p->cfg)");
    let (status, _, err) = patch(&[]);
    assert_eq!(status, 2);
    let expected = "../series.mbox: net/good.c: hunk 1 (line ";
    assert!(err.contains(expected) && err.contains("of the patch) does not apply"), "{err}");
    let mut from_stdin = tree.rculint("linux", &["check", "--patch", "-", "-q"]);
    let output = from_stdin.write_stdin("no patch").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(output.stderr, b"rculint: error: the patch: no diff in it\n");
}

#[test]
fn patches_that_are_there_already() {
    let tree = repository();
    spoil(&tree);
    write(&tree, "linux/net/more.c", SOURCE);
    commit(&tree, "spoilt, and a new file");
    git(&tree, &["mv", "net/good.c", "net/better.c"]);
    commit(&tree, "moved");
    write(&tree, "first.mbox", &git(&tree, &["format-patch", "--stdout", "-1", "HEAD~"]));
    write(&tree, "series.mbox", &git(&tree, &["format-patch", "--stdout", "main~2"]));
    let patch = |name: &str| check(&tree, "linux", &["--patch", name, "-v"]);
    let (status, lines, err) = patch("../series.mbox");
    assert_eq!(status, 1);
    assert_eq!(lines, ["net/better.c:6 RCU101", "net/more.c:6 RCU104", "net/more.c:8 RCU101"]);
    assert!(err.contains("already: telling what it brought"), "{err}");
    let (status, _, err) = patch("../first.mbox");
    assert_eq!(status, 2);
    assert!(err.contains("net/good.c: there is no such file to patch"), "{err}");
    git(&tree, &["mv", "net/better.c", "net/good.c"]);
    let (_, lines, _) = patch("../first.mbox");
    assert_eq!(lines, ["net/good.c:6 RCU101", "net/more.c:6 RCU104", "net/more.c:8 RCU101"]);
    // Half of it is not.
    edit(&tree, "linux/net/good.c", "p->cfg", "p->cfg + 0");
    assert_eq!(patch("../first.mbox").0, 2);
}

#[test]
fn a_new_file_of_a_patch_is_shown() {
    let tree = repository();
    write(&tree, "linux/net/more.c", SOURCE);
    git(&tree, &["add", "-A"]);
    let patch = git(&tree, &["diff", "--cached"]);
    git(&tree, &["reset", "-q", "--hard"]);
    write(&tree, "new.patch", &patch);
    let how = ["check", "--select", "RCU104", "--no-progress", "--patch", "../new.patch"];
    let (status, out, err) = tree.run("linux", &how);
    assert_eq!(status, 1, "{err}");
    assert!(out.contains("6 |         if (!p->cfg)"), "{out}");
    assert_eq!(err, "1 warning in 1 file\n");
}

#[test]
fn what_cannot_be_done_is_told() {
    let tree = repository();
    let error = |folder: &str, arguments: &[&str]| {
        let (status, _, err) = check(&tree, folder, arguments);
        assert_eq!(status, 2, "{arguments:?}");
        err
    };
    let unknown = error("linux", &["--diff-base", "no-such"]);
    assert_eq!(unknown, "rculint: error: git knows no revision 'no-such'\n");
    let option = error("linux", &["--diff-base=--help"]);
    assert_eq!(option, "rculint: error: git knows no revision '--help'\n");
    assert!(error(".", &["--diff-base", "HEAD"]).contains("not in a work tree of git"));
    assert!(error("linux", &["--patch", "none"]).contains("error: none: "));
    for clash in [["--staged", "--fix"], ["--staged", "--diff"]] {
        assert!(error("linux", &clash).contains("cannot be used with"));
    }
    let mut without = tree.rculint("linux", &["check", "--staged"]);
    let output = without.env("PATH", "").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("the program git is needed for this"), "{said}");
}

#[test]
fn only_new_findings_are_fixed() {
    let tree = repository();
    edit(&tree, "linux/net/old.c", "return 0;", "return (long)p->cfg->mtu;");
    spoil(&tree);
    let (status, lines, err) =
        check(&tree, "linux", &["--diff-base", "HEAD", "--fix", "--unsafe-fixes", "net/good.c"]);
    assert_eq!((status, lines), (0, Vec::new()), "{err}");
    assert!(err.contains("fixed 1 finding in 1 file"), "{err}");
    let text = |name: &str| std::fs::read_to_string(tree.path().join(name)).unwrap();
    assert_eq!(text("linux/net/good.c"), GOOD);
    let old = text("linux/net/old.c");
    write(&tree, "linux/net/old.c", &old.replace("(long)p->cfg->mtu", "take(p->cfg)"));
    edit(
        &tree,
        "linux/net/old.c",
        "int port_mtu(struct port *p);",
        "int take(struct cfg *cfg);\n\nint other(struct port *p)\n{\n\treturn take(p->cfg);\n}\n",
    );
    let how = ["--diff-base", "HEAD", "--fix", "--unsafe-fixes"];
    let (_, _, err) = check(&tree, "linux", &how);
    assert!(err.contains("fixed 1 finding in 1 file"), "{err}");
    // The other one cannot be told from the one below it that was there.
    let text = text("linux/net/old.c");
    for kept in ["if (!p->cfg)", "return p->cfg->mtu;"] {
        assert!(text.contains(kept), "{text}");
    }
}

#[test]
fn baselines() {
    let tree = repository();
    let (status, out, err) =
        tree.run("linux", &["check", "--select", "RCU1", "--write-baseline", "known.json", "-q"]);
    assert_eq!((status, out.as_str(), err.as_str()), (0, "", "2 findings in known.json\n"));
    let path = tree.path().join("linux/known.json");
    insta::assert_snapshot!(std::fs::read_to_string(&path).unwrap());
    let known = ["--baseline", "known.json"];
    assert!(new(&tree, &known).is_empty());
    let (status, lines, _) = check(&tree, "linux/net", &["--baseline", "../known.json"]);
    assert_eq!((status, lines.len()), (0, 0));
    spoil(&tree);
    assert_eq!(new(&tree, &known), ["net/good.c:6 RCU101"]);
    assert_eq!(
        new(&tree, &[&known[..], &["--diff-base", "HEAD"]].concat()),
        ["net/good.c:6 RCU101"]
    );
    edit(&tree, "linux/net/old.c", "if (!p->cfg)", "if (!p)");
    let (_, _, err) = check(&tree, "linux", &[&known[..], &["net/old.c"]].concat());
    let stale = "rculint: warning: known.json lists 1 finding that is gone; --write-baseline \
                 known.json takes them out\n  net/old.c: port_mtu: p->cfg [RCU104]\n";
    assert_eq!(err, stale);
    let (_, _, err) = check(&tree, "linux", &[&known[..], &["net/good.c"]].concat());
    assert_eq!(err, "", "old.c was not looked at");
    let (_, _, err) = check(&tree, "linux", &["--write-baseline", "known.json", "net/old.c"]);
    assert_eq!(err, "1 finding in known.json; 1 gone\n");
    for (text, says) in [
        ("{}", "missing field"),
        ("[", "not a baseline"),
        ("{\"version\": 9, \"known\": []}", "of version 9"),
    ] {
        std::fs::write(&path, text).unwrap();
        let (status, _, err) = check(&tree, "linux", &known);
        assert!(status == 2 && err.contains(says), "{err}");
    }
}

//! Inputs, exit statuses and streams, on code without findings.

use std::process::{Command, Stdio};

use crate::tree::{CLEAN, Tree};

#[test]
fn nothing_found() {
    let tree = Tree::new().add("linux/fs/a.c", CLEAN);
    let (status, out, err) = tree.run("linux", &["check", "fs"]);
    assert_eq!((status, out.as_str(), err.as_str()), (0, "", "no findings in 1 file\n"));
    let (status, out, err) = tree.run("linux", &["check", "--format", "json", "fs"]);
    assert_eq!((status, out.as_str(), err.as_str()), (0, "[]\n", ""));
    let (status, out, err) = tree.run("linux", &["check", "-q", "fs"]);
    assert_eq!((status, out.as_str(), err.as_str()), (0, "", ""));
}

#[test]
fn empty_folders_are_fine() {
    let tree = Tree::new().add("empty/notes.txt", "");
    let (status, _, err) = tree.run("", &["check", "empty"]);
    assert_eq!((status, err.as_str()), (0, "no findings in 0 files\n"));
    let (_, _, err) = tree.run("", &["check", "-v", "empty"]);
    assert!(err.starts_with("empty: no .c, .h or .rs files\n"), "{err}");
}

#[test]
fn folders_are_searched_for_kernel_code() {
    let mut tree = Tree::new();
    for name in [
        "fs/a.c",
        "fs/a.h",
        "fs/ignored.c",
        "fs/a.rs",
        "fs/a.S",
        ".hidden/a.c",
        "samples/a.c",
        "tools/a.c",
        "scripts/a.c",
        "usr/a.c",
        "Documentation/a.c",
        "drivers/scripts/a.c",
    ] {
        tree = tree.add(&format!("linux/{name}"), CLEAN);
    }
    tree = tree.add("linux/.gitignore", "ignored.c\n");
    let files = |arguments: &[&str]| {
        let (status, _, err) = tree.run("", arguments);
        assert_eq!(status, 0);
        err.trim_end().rsplit_once(" in ").unwrap().1.to_owned()
    };
    // fs/a.c, fs/a.h, fs/a.rs, fs/ignored.c, samples, drivers/scripts, and the header of the tree.
    assert_eq!(files(&["check", "linux"]), "7 files");
    assert_eq!(files(&["check", "."]), "7 files");
    assert_eq!(files(&["check", "linux/tools"]), "1 file");
    assert_eq!(files(&["check", "linux/fs/a.S", "linux/fs/a.rs"]), "2 files");
    assert_eq!(files(&["check", "linux/fs", "linux/fs/a.c", "linux/fs/../fs"]), "4 files");
}

#[test]
fn symbolic_links_in_folders_are_not_followed() {
    let tree = Tree::new().add("linux/fs/a.c", CLEAN);
    std::os::unix::fs::symlink(tree.path().join("linux"), tree.path().join("linux/fs/loop"))
        .unwrap();
    std::os::unix::fs::symlink("a.c", tree.path().join("linux/fs/b.c")).unwrap();
    let (status, _, err) = tree.run("linux", &["check", "fs"]);
    assert_eq!((status, err.as_str()), (0, "no findings in 1 file\n"));
}

#[test]
fn kernel_trees_are_found_above() {
    let tree = Tree::new()
        .add("linux/fs/a.c", CLEAN)
        .add("linux/arch/um/Kconfig", "")
        .add("linux/arch/um/include/linux/x.h", CLEAN)
        .add("mini/Kconfig", "")
        .add("mini/include/linux/x.h", CLEAN)
        .add("other/a.c", CLEAN);
    let at = |path: &str| {
        let (_, _, err) = tree.run("", &["check", "-v", path]);
        err.lines().next().unwrap().to_owned()
    };
    let top = tree.path().canonicalize().unwrap();
    let linux = format!("1 file in the kernel tree {}/linux, version 6.12", top.display());
    assert_eq!(at("linux/fs"), linux);
    assert_eq!(at("linux/arch/um/include"), linux);
    let mini = format!("1 file in the kernel tree {}/mini, version unknown", top.display());
    assert_eq!(at("mini"), mini);
    assert_eq!(at("other/a.c"), "1 file outside a kernel tree");
    let (_, _, err) = tree.run("", &["check", "-v", "--kernel-root", "linux", "other/a.c"]);
    assert!(err.starts_with(&linux), "{err}");
}

#[test]
fn a_missing_path_stops_the_run() {
    let tree = Tree::new().add("linux/fs/a.c", CLEAN);
    let (status, out, err) = tree.run("linux", &["check", "fs/a.c", "fs/b.c"]);
    assert_eq!((status, out.as_str()), (2, ""));
    assert!(err.contains("fs/b.c: No such file"), "{err}");
    let (status, _, err) = tree.run("linux", &["check", "/dev/null"]);
    assert_eq!(status, 2);
    assert!(err.contains("/dev/null: neither a file nor a folder"), "{err}");
}

#[test]
fn statistics_go_to_stderr() {
    let tree = Tree::new().add("linux/fs/a.c", CLEAN);
    let (_, out, err) = tree.run("linux", &["check", "--statistics", "--format", "json", "fs"]);
    assert_eq!(out, "[]\n");
    assert!(err.contains("RCU101 plain-load: 0 (0 errors, 0 warnings, 0 notes)"), "{err}");
    assert!(err.contains("files: 1 checked, 0 not readable"), "{err}");
}

#[test]
fn coverage_of_code_without_rcu() {
    let tree = Tree::new().add("linux/fs/a.c", CLEAN);
    let (status, out, _) = tree.run("linux", &["coverage", "fs"]);
    assert_eq!(status, 0);
    assert_eq!(out, "functions that use RCU: 0\nunderstood: 0\nshare: 1.0000\n");
    let (_, out, _) = tree.run("linux", &["coverage", "--format", "json", "fs"]);
    let object: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(object["share"], 1.0);
}

const COUNTED: &str = "\
#define __rcu
struct percpu_ref { long count; };
int percpu_ref_init(struct percpu_ref *ref, void *release, int flags, int gfp);
void kfree(const void *object);
struct ctx { struct percpu_ref refs; };
static void ctx_release(struct percpu_ref *ref)
{
	kfree(container_of(ref, struct ctx, refs));
}
int ctx_setup(struct ctx *ctx)
{
	return percpu_ref_init(&ctx->refs, ctx_release, 0, 0);
}
";

#[test]
fn an_audit_lists_every_percpu_ref() {
    let tree = Tree::new().add("linux/fs/a.c", COUNTED).add("linux/fs/b.c", CLEAN);
    let (status, out, _) = tree.run("linux", &["audit", "percpu-ref", "fs"]);
    assert_eq!(status, 0);
    let expected = "\
fs/a.c:12: struct ctx, &ctx->refs in ctx_setup()
  release: ctx_release()
  end:     frees: kfree() in ctx_release(), line 8
  readers: none seen
  hidden:  none seen
  grace:   none seen
";
    assert_eq!(out, expected);
    let (_, out, _) = tree.run("linux", &["audit", "percpu-ref", "--format", "json", "fs"]);
    let rows: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(rows[0]["ends"]["call"], "kfree");
    assert_eq!(rows[0]["init"]["row"], 12);
    let (_, out, _) = tree.run("linux", &["audit", "percpu-ref", "--format", "markdown", "fs"]);
    assert!(out.contains("| fs/a.c:12 | struct ctx | ctx_release() | frees: kfree()"), "{out}");
}

/// The reader of a pipe may go away; that is no reason to panic.
#[test]
fn a_broken_pipe_is_quiet() {
    let tree = Tree::new().add("linux/fs/a.c", CLEAN);
    for arguments in [&["rules"][..], &["explain", "RCU101"], &["check", "--format", "json", "fs"]]
    {
        let mut reader = Command::new("true").stdin(Stdio::piped()).spawn().unwrap();
        let writer = reader.stdin.take().unwrap();
        reader.wait().unwrap();
        let mut child = Command::new(assert_cmd::cargo::cargo_bin!("rculint"))
            .current_dir(tree.path().join("linux"))
            .args(arguments)
            .stdout(writer)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(0));
        let err = std::io::read_to_string(child.stderr.take().unwrap()).unwrap();
        assert_eq!(err, "");
    }
}

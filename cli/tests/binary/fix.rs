//! `--fix` and `--diff`.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

use crate::tree::{SOURCE, Tree};

/// A load in a reader section, a store and a test on one line, and a load of a load.
const READER: &str = "\
#include <linux/port.h>

struct link {
	struct port __rcu *port;
};

int link_mtu(struct link *link);
int link_mtu(struct link *link)
{
	int mtu;

	rcu_read_lock();
	mtu = link->port->cfg->mtu;
	rcu_read_unlock();
	return mtu;
}

void link_copy(struct port *to, struct port *from);
void link_copy(struct port *to, struct port *from)
{
	if (!from->cfg || !to->cfg) to->cfg = NULL;
}
";

const SAFE: &str = "\tif (!rcu_access_pointer(from->cfg) ||\n\
                    \t    !rcu_access_pointer(to->cfg)) RCU_INIT_POINTER(to->cfg, NULL);\n";

fn read(tree: &Tree, name: &str) -> String {
    fs::read_to_string(tree.path().join(name)).unwrap()
}

/// The files in a folder, so that nothing is left over.
fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn safe_fixes_are_made_and_the_rest_is_told() {
    let tree = Tree::new().add("linux/fs/a.c", SOURCE);
    let run = || tree.run("linux", &["check", "--fix", "--format", "gcc", "fs"]);
    let (status, out, err) = run();
    let fixed = SOURCE.replace("(!p->cfg)", "(!rcu_access_pointer(p->cfg))");
    assert_eq!(read(&tree, "linux/fs/a.c"), fixed);
    assert!(out.starts_with("fs/a.c:8:9: error: plain load") && out.lines().count() == 1, "{out}");
    assert_eq!((status, err.as_str()), (1, "fixed 1 finding in 1 file\n"));
    // Once more.
    let (status, again, err) = run();
    assert_eq!((status, again, err.as_str()), (1, out, "fixed 0 findings in 0 files\n"));
    assert_eq!(read(&tree, "linux/fs/a.c"), fixed);
    assert_eq!(names(&tree.path().join("linux/fs")), ["a.c"]);
}

#[test]
fn edits_that_meet_are_all_made() {
    let tree = Tree::new().add("linux/fs/a.c", READER);
    let (status, _, err) = tree.run("linux", &["check", "--fix", "--format", "gcc", "fs"]);
    assert_eq!((status, err.as_str()), (1, "fixed 3 findings in 1 file\n"));
    let text = read(&tree, "linux/fs/a.c");
    assert!(text.contains(SAFE) && text.contains("mtu = link->port->cfg->mtu;"), "{text}");
    let rest = ["check", "--fix", "--unsafe-fixes", "fs"];
    let (status, out, err) = tree.run("linux", &rest);
    assert_eq!((status, out.as_str()), (0, ""));
    assert_eq!(err, "no findings in 1 file\nfixed 2 findings in 1 file\n");
    let text = read(&tree, "linux/fs/a.c");
    let load = "mtu = rcu_dereference(rcu_dereference(link->port)->cfg)->mtu;";
    assert!(text.contains(load), "{text}");
    assert_eq!(tree.run("linux", &rest).2, "no findings in 1 file\nfixed 0 findings in 0 files\n");
}

#[test]
fn what_could_be_fixed_is_counted() {
    let tree = Tree::new().add("linux/fs/a.c", READER);
    let last = |rest: &[&str]| {
        let (_, _, err) = tree.run("linux", &[&["check", "fs"], rest].concat());
        err.lines().last().map(str::to_owned)
    };
    assert_eq!(last(&[]).unwrap(), "3 fixable with --fix, 2 more with --unsafe-fixes");
    assert_eq!(last(&["--unsafe-fixes"]).unwrap(), "5 fixable with --fix --unsafe-fixes");
    assert_eq!(read(&tree, "linux/fs/a.c"), READER);
}

#[test]
fn only_what_is_selected_is_fixed() {
    for (rest, expected) in [
        (["--select", "RCU103"], "\tif (!from->cfg || !to->cfg) RCU_INIT_POINTER(to->cfg, NULL);"),
        (["--ignore", "RCU104"], "\tif (!from->cfg || !to->cfg) RCU_INIT_POINTER(to->cfg, NULL);"),
        (["--level", "error"], "\tif (!from->cfg || !to->cfg) to->cfg = NULL;"),
    ] {
        let tree = Tree::new().add("linux/fs/a.c", READER);
        tree.run("linux", &[&["check", "--fix", "fs"], &rest[..]].concat());
        assert!(read(&tree, "linux/fs/a.c").contains(expected), "{rest:?}");
    }
}

#[test]
fn json_has_what_remains() {
    let tree = Tree::new().add("linux/fs/a.c", SOURCE);
    let (status, out, err) = tree.run("linux", &["check", "--fix", "--format", "json", "fs"]);
    let found: Vec<Value> = serde_json::from_str(&out).unwrap();
    assert_eq!((status, err.as_str()), (1, "fixed 1 finding in 1 file\n"));
    assert_eq!(found.len(), 1);
    assert_eq!((&found[0]["code"], &found[0]["location"]["row"]), (&"RCU101".into(), &8.into()));
}

#[test]
fn a_checker_of_a_build_fixes_nothing() {
    let tree = Tree::new().add("linux/fs/a.c", SOURCE);
    let (status, _, _) = tree.run("linux", &["-DX", "--fix", "fs/a.c"]);
    assert_eq!((status, read(&tree, "linux/fs/a.c").as_str()), (0, SOURCE));
}

/// Applies the hunks of a diff of one file, which have to fit to the byte.
fn patched(before: &[u8], diff: &[u8]) -> Vec<u8> {
    let lines: Vec<&[u8]> = before.split_inclusive(|byte| *byte == b'\n').collect();
    let (mut at, mut out) = (0, Vec::new());
    let mut patch = diff.split_inclusive(|byte| *byte == b'\n').skip(2).peekable();
    while let Some(line) = patch.next() {
        let bare = patch.next_if(|next| next.starts_with(b"\\")).is_some();
        let text = if bare { &line[1..line.len() - 1] } else { &line[1..] };
        match line[0] {
            b'@' => {
                let head = String::from_utf8_lossy(line);
                let start: usize = head[4..].split([',', ' ']).next().unwrap().parse().unwrap();
                while at + 1 < start {
                    out.extend_from_slice(lines[at]);
                    at += 1;
                }
            }
            b'+' => out.extend_from_slice(text),
            mark => {
                assert_eq!(lines[at], text);
                at += 1;
                if mark == b' ' {
                    out.extend_from_slice(text);
                }
            }
        }
    }
    out.extend(lines[at..].concat());
    out
}

/// Whether a program is there.
fn has(program: &str) -> bool {
    Command::new(program).arg("--version").output().is_ok_and(|output| output.status.success())
}

#[test]
fn diffs_can_be_applied() {
    let latin = READER.replace("int mtu;", "int mtu; /* m\u{e9}t\u{e9}o */");
    let latin: Vec<u8> = latin.chars().map(|letter| letter as u8).collect();
    let crlf = READER.replace('\n', "\r\n");
    let bare = READER.trim_end().trim_end_matches('}').trim_end();
    for text in [READER.as_bytes(), &latin, crlf.as_bytes(), bare.as_bytes()] {
        let tree = Tree::new().add("linux/fs/a b.c", text);
        let path = tree.path().join("linux/fs/a b.c");
        let diff = |rest: &[&str]| {
            tree.rculint("linux/fs", &[&["check", "--diff", ".."], rest].concat()).output().unwrap()
        };
        let made = diff(&["--unsafe-fixes"]);
        assert_eq!((made.status.code(), &made.stderr[..]), (Some(1), &b""[..]));
        // Alone, it takes the safe ones; with --fix, it prints all the same.
        assert!(made.stdout.len() > diff(&[]).stdout.len());
        assert_eq!(diff(&["--fix"]).stdout, diff(&[]).stdout);
        assert_eq!(fs::read(&path).unwrap(), text);

        let patch = tree.path().join("x.patch");
        fs::write(&patch, &made.stdout).unwrap();
        let mut results = vec![patched(text, &made.stdout)];
        for (program, arguments) in
            [("git", &["apply", "-p1"][..]), ("patch", &["-s", "-p1", "--binary", "-i"])]
        {
            if has(program) {
                let mut command = Command::new(program);
                // A repository around the folder would be looked for otherwise.
                command.env("GIT_DIR", "/dev/null").args(arguments).arg(&patch);
                let done = command.current_dir(tree.path().join("linux")).output().unwrap();
                assert!(done.status.success(), "{done:?}");
                results.push(fs::read(&path).unwrap());
                fs::write(&path, text).unwrap();
            }
        }
        tree.run("linux", &["check", "--fix", "--unsafe-fixes", "fs"]);
        for result in results {
            assert_eq!(result, fs::read(&path).unwrap());
        }
        let none = diff(&["--unsafe-fixes"]);
        assert_eq!((none.status.code(), &none.stdout[..]), (Some(0), &b""[..]));
    }
}

#[test]
fn line_breaks_and_bytes_stay() {
    let text = READER.replace('\n', "\r\n").replace("if (!from", "if (/*#*/ !from");
    let text: Vec<u8> = text.bytes().map(|byte| if byte == b'#' { 0xe9 } else { byte }).collect();
    let text = [&b"#include <linux/port.h>\r\n"[..], text.get(25..).unwrap()].concat();
    let tree = Tree::new().add("linux/fs/a.c", &text);
    tree.run("linux", &["check", "--fix", "fs"]);
    let after = fs::read(tree.path().join("linux/fs/a.c")).unwrap();
    let lines = after.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    assert!(lines.into_iter().all(|line| line.ends_with(b"\r")));
    assert!(after.contains(&0xe9) && after.len() > text.len());
}

#[test]
fn paths_outside_a_kernel_start_at_the_current_folder() {
    let source = "struct c { int m; };\nstruct p { struct c __rcu *c; };\nint f(struct p *p);\n\
                  int f(struct p *p)\n{\n\treturn !p->c;\n}\n";
    let tree = Tree::new().add("out/of/a.c", source);
    let (status, out, _) = tree.run("out", &["check", "--diff", "of"]);
    assert_eq!(status, 1);
    assert!(out.starts_with("--- a/of/a.c\n+++ b/of/a.c\n@@ -3,5 +3,5 @@\n"), "{out}");
}

#[test]
fn links_and_modes_stay() {
    let tree = Tree::new().add("linux/fs/a.c", SOURCE);
    let (real, link) = (tree.path().join("linux/fs/a.c"), tree.path().join("linux/fs/link.c"));
    symlink("a.c", &link).unwrap();
    fs::set_permissions(&real, fs::Permissions::from_mode(0o751)).unwrap();
    tree.run("linux", &["check", "--fix", "fs/link.c"]);
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert!(read(&tree, "linux/fs/a.c").contains("rcu_access_pointer(p->cfg)"));
    assert_eq!(fs::metadata(&real).unwrap().permissions().mode() & 0o7777, 0o751);
}

/// What has to hold when a file cannot be written.
fn refused(tree: &Tree, output: &Output, words: &str) {
    let err = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{err}");
    assert!(err.contains("rculint: error: fs/a.c: not fixed: ") && err.contains(words), "{err}");
    assert!(err.ends_with("fixed 0 findings in 0 files\n"), "{err}");
    // What is found is what is there.
    let out = String::from_utf8_lossy(&output.stdout);
    assert_eq!(out.lines().count(), 2, "{out}");
    assert_eq!(read(tree, "linux/fs/a.c"), SOURCE);
    assert_eq!(names(&tree.path().join("linux/fs")), ["a.c"]);
}

const FIX: [&str; 5] = ["check", "--fix", "--format", "gcc", "fs/a.c"];

#[test]
fn a_full_disk_costs_nothing() {
    let tree = Tree::new().add("linux/fs/a.c", SOURCE);
    let program = assert_cmd::cargo::cargo_bin!("rculint");
    // No file may grow, and to try is an error instead of a signal.
    let script = "trap '' XFSZ; ulimit -f 0; exec \"$@\"";
    let output = Command::new("sh")
        .args(["-c", script, "sh"])
        .arg(program)
        .args(FIX)
        .current_dir(tree.path().join("linux"))
        .output();
    refused(&tree, &output.unwrap(), "or free some space, and run again");
}

#[test]
fn a_folder_that_cannot_be_written_costs_nothing() {
    let tree = Tree::new().add("linux/fs/a.c", SOURCE);
    let folder = tree.path().join("linux/fs");
    let mode = |mode| fs::set_permissions(&folder, fs::Permissions::from_mode(mode)).unwrap();
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("rculint"));
    if fs::metadata(&folder).unwrap().uid() == 0 {
        // Root may write anywhere: run a copy as somebody else, who owns the file.
        let program = tree.path().join("rculint");
        fs::copy(command.get_program(), &program).unwrap();
        fs::set_permissions(tree.path(), fs::Permissions::from_mode(0o755)).unwrap();
        fs::set_permissions(folder.join("a.c"), fs::Permissions::from_mode(0o666)).unwrap();
        command = Command::new(program);
        command.uid(65534).gid(65534);
    }
    mode(0o555);
    command.args(FIX).current_dir(tree.path().join("linux"));
    let mut output = command.output();
    // A process that another test has started may hold the copy open until it is another program.
    while output.as_ref().is_err_and(|e| e.kind() == ErrorKind::ExecutableFileBusy) {
        std::thread::yield_now();
        output = command.output();
    }
    mode(0o755);
    refused(&tree, &output.unwrap(), "make the folder writable");
}

#[test]
fn a_read_only_file_stays() {
    let tree = Tree::new().add("linux/fs/a.c", SOURCE);
    let path = tree.path().join("linux/fs/a.c");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o444)).unwrap();
    let output = tree.rculint("linux", &FIX).output().unwrap();
    refused(&tree, &output, "the file is read-only; make it writable (chmod u+w) and run again");
}

const SHARED: &str = "\
#include <linux/rcupdate.h>
struct shape {
	int rate;
};
extern struct shape *shared_shape;
int shape_rate(void);
";

const USER: &str = "\
#include <linux/shape.h>

struct shape *shared_shape;

int shape_rate(void)
{
	return rcu_dereference(shared_shape)->rate;
}
";

#[test]
fn a_fix_of_two_files_is_made_in_both_or_in_none() {
    let tree = Tree::new()
        .add("linux/include/linux/rcupdate.h", "#define rcu_dereference(p) (*(&p))\n")
        .add("linux/include/linux/shape.h", SHARED)
        .add("linux/fs/a.c", USER);
    let header = tree.path().join("linux/include/linux/shape.h");
    let run = || tree.run("linux", &["check", "--fix", "--unsafe-fixes", "fs"]);
    fs::set_permissions(&header, fs::Permissions::from_mode(0o444)).unwrap();
    let (status, _, err) = run();
    assert_eq!(status, 2);
    let name = "include/linux/shape.h";
    let also = format!("fs/a.c: not fixed, as {name} could not be: a fix changes both\n");
    assert!(err.contains(&also) && err.contains(&format!("{name}: not fixed: ")), "{err}");
    assert_eq!(
        (read(&tree, "linux/fs/a.c").as_str(), fs::read(&header).unwrap()),
        (USER, SHARED.into())
    );
    fs::set_permissions(&header, fs::Permissions::from_mode(0o644)).unwrap();
    let (status, out, err) = run();
    assert_eq!((status, out.as_str()), (0, ""));
    assert!(err.ends_with("fixed 1 finding in 2 files\n"), "{err}");
    assert!(read(&tree, "linux/fs/a.c").contains("\nstruct shape __rcu *shared_shape;"));
    assert!(read(&tree, "linux/include/linux/shape.h").contains("extern struct shape __rcu *"));
}

#[test]
fn a_header_that_several_files_use_is_fixed_once() {
    let header =
        "#include <linux/rcupdate.h>\nstruct c { int m; };\nstruct q {\n\tstruct c *c;\n};\n";
    let source =
        "#include <linux/q.h>\nint f(struct q *q)\n{\n\treturn rcu_dereference(q->c)->m;\n}\n";
    let tree = Tree::new()
        .add("linux/include/linux/rcupdate.h", "#define rcu_dereference(p) (*(&p))\n")
        .add("linux/include/linux/q.h", header)
        .add("linux/fs/a.c", source)
        .add("linux/fs/b.c", source);
    let (status, _, err) = tree.run("linux", &["check", "--fix", "--unsafe-fixes", "."]);
    assert_eq!(status, 0, "{err}");
    assert!(err.ends_with("fixed 1 finding in 1 file\n"), "{err}");
    assert_eq!(read(&tree, "linux/include/linux/q.h").matches("struct c __rcu *c;").count(), 1);
}

#[test]
fn the_readme_shows_what_is_printed() {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let text = fs::read_to_string(top.join("README.md")).unwrap();
    let (_, rest) = text.split_once("<!-- fix:begin: cargo run --release -- ").unwrap();
    let (command, rest) = rest.split_once(" -->\n```diff\n").unwrap();
    let (shown, _) = rest.split_once("```\n<!-- fix:end -->").unwrap();
    let output = Command::new(assert_cmd::cargo::cargo_bin!("rculint"))
        .args(command.split(' '))
        .current_dir(top)
        .output()
        .unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), shown);
}

#[test]
fn what_a_killed_run_left_is_removed() {
    let left = ".rculint-Ab3dE9.tmp";
    let tree = Tree::new()
        .add("linux/fs/a.c", SOURCE)
        .add(&format!("linux/fs/{left}"), "half of")
        .add("linux/fs/.rculint-notes", "mine");
    let path = tree.path().join("linux/fs").join(left);
    tree.run("linux", &["check", "fs"]);
    tree.run("linux", &["check", "--diff", "fs"]);
    assert!(path.exists(), "who only looks removes nothing");
    tree.run("linux", &["check", "--fix", "fs"]);
    assert_eq!(names(&tree.path().join("linux/fs")), [".rculint-notes", "a.c"]);
}

//! Formats and where they go, from the source to the file.

use std::fs;

use serde_json::Value;

use crate::tree::{CLEAN, SOURCE, Tree};

const FORMATS: [&str; 12] = [
    "human",
    "concise",
    "json",
    "json-lines",
    "gcc",
    "checkpatch",
    "sarif",
    "github",
    "gitlab",
    "rdjson",
    "junit",
    "markdown",
];

/// A pointer that is used after its section, and a note.
const STALE: &str = "\
#include <linux/port.h>
void rcu_read_lock(void);
void rcu_read_unlock(void);

int port_mtu(struct port *p, struct cfg *spare);
int port_mtu(struct port *p, struct cfg *spare)
{
	struct port fresh = { .cfg = spare };
	struct cfg *cfg;

	rcu_read_lock();
	cfg = rcu_dereference(p->cfg);
	rcu_read_unlock();
	return cfg->mtu;
}
";

fn tree() -> Tree {
    Tree::new()
        .add("linux/fs/a.c", SOURCE)
        .add("linux/fs/b.c", SOURCE)
        .add("linux/fs/stale.c", STALE)
        .add("linux/fs/clean.c", CLEAN)
}

fn json(tree: &Tree, folder: &str, arguments: &[&str]) -> Value {
    let (_, out, _) = tree.run(folder, &[&["check"], arguments].concat());
    serde_json::from_str(&out).unwrap()
}

#[test]
fn order_and_threads_show_in_no_format() {
    let tree = tree();
    for format in FORMATS {
        let run =
            |rest: &[&str]| tree.run("linux", &[&["check", "--format", format], rest].concat());
        let expected = run(&["-j1", "fs"]);
        assert_eq!(expected.0, 1);
        assert_eq!(run(&["-j3", "fs/stale.c", "fs/clean.c", "fs/b.c", "fs/a.c"]), expected);
    }
}

#[test]
fn forges_get_paths_from_the_top_of_the_tree() {
    let tree = tree();
    let top = tree.path().join("linux");
    for format in FORMATS {
        let of_forges = !["human", "concise", "json", "json-lines", "gcc"].contains(&format);
        let (_, out, _) = tree.run("linux/fs", &["check", "--format", format, "a.c"]);
        assert_eq!(out.contains("fs/a.c"), of_forges, "{format}: {out}");
        let whole = top.join("fs/a.c");
        let (_, out, _) = tree.run("", &["check", "--format", format, whole.to_str().unwrap()]);
        assert_eq!(out.contains(top.to_str().unwrap()), !of_forges, "{format}: {out}");
    }
}

#[test]
fn b4_hears_nothing_when_all_is_well() {
    let tree = tree();
    let run = |file| tree.run("linux", &["check", "--format", "checkpatch", file]);
    assert_eq!(run("fs/clean.c"), (0, String::new(), String::new()));
    let (status, out, err) = run("fs/a.c");
    assert_eq!((status, err.as_str()), (1, ""));
    let lines: Vec<_> = out.lines().collect();
    assert!(lines[0].starts_with("fs/a.c:6: WARNING:RCU104: plain test of `p->cfg`"), "{out}");
    assert!(lines[1].starts_with("fs/a.c:8: ERROR:RCU101: plain load of `p->cfg`"), "{out}");
}

#[test]
fn code_flows_are_in_order_of_time() {
    let log = json(&tree(), "linux", &["--format", "sarif", "fs/stale.c"]);
    let results = log["runs"][0]["results"].as_array().unwrap();
    let stale = results.iter().find(|result| result["ruleId"] == "RCU302").unwrap();
    let steps: Vec<_> = stale["codeFlows"][0]["threadFlows"][0]["locations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| {
            let location = &step["location"];
            let row = &location["physicalLocation"]["region"]["startLine"];
            (row.as_u64().unwrap(), location["message"]["text"].as_str().unwrap())
        })
        .collect();
    assert_eq!(steps, [(12, "loaded here"), (13, "the section ends here"), (14, "followed here")]);
}

#[test]
fn notes_are_in_what_chooses_by_level_itself() {
    let tree = tree();
    for format in FORMATS {
        let run = |rest: &[&str]| {
            tree.run("linux", &[&["check", "--format", format, "fs/stale.c"], rest].concat()).1
        };
        let all = ["json", "json-lines", "sarif"].contains(&format);
        assert_eq!(run(&[]).contains("RCU102"), all, "{format}");
        assert!(run(&["--level", "note"]).contains("RCU102"), "{format}");
        assert!(!run(&["--level", "error"]).contains("RCU102"), "{format}");
    }
}

#[test]
fn a_file_gets_what_standard_output_would() {
    let tree = tree();
    let file = tree.path().join("linux/report");
    for format in FORMATS {
        let check = ["check", "-q", "--format", format, "fs"];
        let (status, expected, _) = tree.run("linux", &check);
        let (written, out, err) =
            tree.run("linux", &[&check[..], &["--output-file", "report"]].concat());
        assert_eq!((written, out.as_str(), err.as_str()), (status, "", ""), "{format}");
        assert_eq!(fs::read_to_string(&file).unwrap(), expected, "{format}");
        let (_, out, _) = tree.run("linux", &[&check[..], &["-o", "-"]].concat());
        assert_eq!(out, expected, "{format}");
    }
    let (status, out, err) = tree.run("linux", &["check", "-o", "gone/report", "fs"]);
    assert_eq!((status, out.as_str()), (2, ""));
    assert_eq!(err, "rculint: error: cannot write the output: gone is not a folder\n");
    let (status, _, _) = tree.run("linux", &["check", "--diff", "-o", "report", "fs"]);
    assert_eq!(status, 2);
}

#[test]
fn reports_tell_what_could_not_be_read() {
    let tree = tree().add("linux/fs/blob.c", b"\x7fELF\0\0");
    let log = json(&tree, "linux", &["--format", "sarif", "fs"]);
    let run = &log["runs"][0]["invocations"][0];
    assert_eq!(run["executionSuccessful"], false);
    let text = run["toolExecutionNotifications"][0]["message"]["text"].as_str().unwrap();
    assert!(text.contains("fs/blob.c"), "{text}");
    assert_eq!(log["runs"][0]["properties"]["statistics"]["skipped"], 1);
    let (status, out, err) = tree.run("linux", &["check", "--format", "junit", "fs/blob.c"]);
    assert_eq!(status, 2);
    assert!(out.contains("errors=\"1\"") && err.contains("fs/blob.c"), "{out}{err}");
    let (_, out, _) = tree.run("linux", &["check", "--format", "markdown", "fs/blob.c"]);
    assert!(out.contains("fs/blob.c"), "{out}");
}

#[test]
fn colours_are_for_people_and_terminals() {
    let tree = tree();
    for format in FORMATS {
        let check = ["check", "--color", "always", "--format", format, "fs"];
        let people = ["human", "concise"].contains(&format);
        assert_eq!(tree.run("linux", &check).1.contains('\u{1b}'), people, "{format}");
    }
    for (variables, colours) in
        [(vec!["CLICOLOR_FORCE"], true), (vec!["CLICOLOR_FORCE", "NO_COLOR"], false)]
    {
        let mut command = tree.rculint("linux", &["check", "--format", "concise", "fs"]);
        let output = command.envs(variables.iter().map(|name| (name, "1"))).output().unwrap();
        assert_eq!(output.stdout.contains(&0x1b), colours);
    }
}

#[test]
fn concise_lines_have_a_summary_and_are_not_folded() {
    let (_, out, err) = tree().run("linux", &["check", "--format", "concise", "fs"]);
    assert_eq!(out.lines().count(), 5);
    assert!(out.starts_with("fs/a.c:6:7: RCU104 plain test of `p->cfg`"), "{out}");
    assert!(err.starts_with("3 errors, 2 warnings, 1 note (not shown) in 4 files\n"), "{err}");
}

//! `rculint.toml`: which one counts, what it changes, and what is said of mistakes in it.

use crate::tree::{SOURCE, Tree};

/// Codes and levels of the findings, in order.
fn found(tree: &Tree, arguments: &[&str]) -> Vec<String> {
    let (_, out, err) = tree.run("linux", &[&["check", "--format", "json"], arguments].concat());
    let findings: serde_json::Value = serde_json::from_str(&out).expect(&err);
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let all = findings.as_array().unwrap().iter();
    all.map(|one| format!("{} {}", text(&one["code"]), text(&one["severity"]))).collect()
}

fn tree(configuration: &str) -> Tree {
    Tree::new()
        .add("linux/rculint.toml", configuration)
        .add("linux/fs/a.c", SOURCE)
        .add("linux/net/b.c", SOURCE.replace("port_mtu", "other_mtu"))
}

#[test]
fn rules_and_levels() {
    let tree = tree("ignore = ['RCU101']\n[levels]\nplain-test = 'note'\n");
    assert_eq!(found(&tree, &["fs"]), ["RCU104 note"]);
    assert_eq!(found(&tree, &["fs/a.c"]), ["RCU104 note"]);
    assert_eq!(found(&tree, &["--no-config", "fs"]), ["RCU104 warning", "RCU101 error"]);
    assert_eq!(found(&tree, &["--ignore", "RCU104", "fs"]), ["RCU101 error"]);
    assert_eq!(found(&tree, &["--select", "RCU104", "fs"]), ["RCU104 note"]);
    let (status, out, _) = tree.run("linux", &["check", "fs"]);
    assert_eq!((status, out.as_str()), (0, ""));
}

#[test]
fn a_rule_that_is_off_does_not_run_unless_asked_for() {
    let tree = tree("[levels]\nRCU101 = 'off'\n");
    assert_eq!(found(&tree, &["fs"]), ["RCU104 warning"]);
    assert_eq!(found(&tree, &["--select", "RCU101", "fs"]), ["RCU101 error"]);
}

#[test]
fn levels_that_count() {
    let tree = tree("level = 'error'\nfail-level = 'error'\nselect = ['RCU104']\n");
    let (status, out, _) = tree.run("linux", &["check", "fs"]);
    assert_eq!((status, out.as_str()), (0, ""));
    let (status, out, _) = tree.run("linux", &["check", "--level", "note", "fs"]);
    assert!(status == 0 && out.contains("RCU104"), "{out}");
    assert_eq!(tree.run("linux", &["check", "--fail-level", "warning", "fs"]).0, 1);
}

#[test]
fn some_files_are_different() {
    let tree = tree(
        "[[per-path]]\npaths = ['net']\nignore = ['RCU101']\nlevels = { RCU104 = 'error' }\n\
         [[per-path]]\npaths = ['fs/*.c']\nselect = ['RCU101']\n",
    );
    assert_eq!(found(&tree, &["net"]), ["RCU104 error"]);
    assert_eq!(found(&tree, &["fs"]), ["RCU101 error"]);
    assert_eq!(found(&tree, &["net", "fs"]), ["RCU101 error", "RCU104 error"]);
}

#[test]
fn excluded_files_are_not_checked() {
    let tree = tree("exclude = ['net']\n");
    assert_eq!(found(&tree, &["net/b.c"]), [""; 0]);
    let (_, _, err) = tree.run("linux", &["check", "-v", "."]);
    assert!(err.contains("1 file excluded by rculint.toml\n"), "{err}");
}

#[test]
fn only_some_architectures() {
    let tree = tree("arch = ['arm64']\n")
        .add("linux/arch/arm64/a.c", SOURCE.replace("port_mtu", "arm64_mtu"))
        .add("linux/arch/x86/b.c", SOURCE.replace("port_mtu", "x86_mtu"));
    let files = |arguments: &[&str]| {
        let (_, _, err) = tree.run("linux", &[&["check", "--all"], arguments].concat());
        err.lines().next().unwrap().rsplit_once(" in ").unwrap().1.to_owned()
    };
    assert_eq!(files(&["arch"]), "1 file");
    assert_eq!(files(&["--arch", "x86,arm64", "arch"]), "2 files");
    let (status, _, err) = tree.run("linux", &["check", "--arch", "arm46", "arch"]);
    assert_eq!(status, 2);
    assert!(err.ends_with("arch has no architecture 'arm46'; did you mean 'arm64'?\n"), "{err}");
}

#[test]
fn the_nearest_file_counts() {
    let tree = tree("select = ['RCU101']\n")
        .add("rculint.toml", "selct = []")
        .add("linux/fs/rculint.toml", "select = ['RCU104']\n")
        .add("other.toml", "select = ['RCU102']\n");
    assert_eq!(found(&tree, &["fs"]), ["RCU104 warning"]);
    assert_eq!(found(&tree, &["net"]), ["RCU101 error"]);
    // One for all: that of the folder which both lie in, whatever the order.
    assert_eq!(found(&tree, &["fs", "net"]), ["RCU101 error", "RCU101 error"]);
    assert_eq!(found(&tree, &["net", "fs"]), ["RCU101 error", "RCU101 error"]);
    assert_eq!(found(&tree, &["--config", "../other.toml", "fs"]), [""; 0]);
    // Patterns of one that is named start from the current folder.
    let tree = tree.add("far/off.toml", "exclude = ['fs/a.c']\n");
    assert_eq!(found(&tree, &["--config", "../far/off.toml", "fs"]), [""; 0]);
    assert_eq!(found(&tree, &["--config", "../far/off.toml", "net"]).len(), 2);
}

#[test]
fn mistakes_stop_the_run() {
    for (text, error) in [
        ("\n selct = []", "rculint.toml:2:2: unknown key `selct`; did you mean `select`?"),
        (
            "ignore = ['RCU1O4']",
            "rculint.toml:1:11: no rule has the code or name 'RCU1O4'; did you mean 'RCU104'?",
        ),
        ("arch = 'x86'", "rculint.toml:1:8: invalid type: string \"x86\", expected a sequence"),
        ("dotconfig = 'no'", "no: No such file or directory (os error 2)"),
    ] {
        for command in [&["check", "fs"][..], &["coverage", "fs"], &["config", "fs"]] {
            let (status, out, err) = tree(text).run("linux", command);
            assert_eq!((status, out.as_str()), (2, ""), "{text}");
            assert!(
                err.starts_with("rculint: error: ") && err.trim_end().ends_with(error),
                "{err}"
            );
        }
    }
    let tree = tree("selct = []");
    let (status, _, err) = tree.run("", &["check", "linux/fs"]);
    assert!(status == 2 && err.contains("linux/rculint.toml:1:1:"), "{err}");
    assert_eq!(tree.run("linux", &["check", "--no-config", "fs"]).0, 1);
    let (status, _, err) = tree.run("linux", &["check", "--config", "none.toml", "fs"]);
    assert!(status == 2 && err.contains("none.toml: No such file"), "{err}");
    let (status, _, err) = tree.run("linux", &["-DX", "fs/a.c"]);
    assert!(status == 2 && err.contains("rculint.toml:1:1: unknown key"), "{err}");
}

#[test]
fn what_is_no_text_is_no_configuration() {
    let tree = Tree::new()
        .add("linux/fs/a.c", SOURCE)
        .add("linux/rculint.toml", b"select = ['\xff\xfe']\n\0");
    let (status, _, err) = tree.run("linux", &["check", "fs"]);
    assert!(status == 2 && err.starts_with("rculint: error: rculint.toml: "), "{err}");
}

#[test]
fn kbuild_reads_it_as_well() {
    let tree = tree("select = ['RCU104']\n");
    let (status, _, err) = tree.run("linux", &["-DX", "fs/a.c"]);
    assert_eq!(status, 0);
    assert!(err.lines().count() == 1 && err.contains("[RCU104]"), "{err}");
}

#[test]
fn what_holds_is_shown() {
    let tree = tree(
        "# ours\nselect = ['RCU1']\nlevel = 'note'\n\n[levels]\nRCU104 = 'error'\n\n\
         [[per-path]]\npaths = ['net']\nignore = ['RCU101']\n\n\
         [[kernel.free]]\nnames = ['port_free']\n",
    );
    let (status, out, err) =
        tree.run("linux", &["config", "--fail-level", "error", "--select", "RCU104", "fs"]);
    assert_eq!((status, err.as_str()), (0, ""));
    assert_eq!(
        out,
        "\
# configuration: rculint.toml
select = [\"RCU104\"]  # command line
ignore = []  # default
level = \"note\"  # rculint.toml:3
fail-level = \"error\"  # command line
exclude = []  # default
arch = []  # default
include = []  # default
# kernel-root: default
# dotconfig: default
kernel.free.0 = { names = [\"port_free\"] }  # rculint.toml:12
levels.RCU104 = \"error\"  # rculint.toml:6
per-path.0 = { ignore = [\"RCU101\"], paths = [\"net\"] }  # rculint.toml:8
"
    );
    let (_, out, _) = tree.run("linux", &["config", "--format", "json", "fs"]);
    let shown: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(shown["configuration"], "rculint.toml");
    assert_eq!(shown["values"][0]["source"], "rculint.toml:2");
    let (_, out, _) = tree.run("linux", &["config", "--no-config"]);
    assert!(out.starts_with("# configuration: none\n# select: default\n"), "{out}");
}

const OPTIONAL: &str = "\
#include <linux/port.h>

int port_mtu(struct port *p);
int port_mtu(struct port *p)
{
#ifdef CONFIG_FAST
	if (!p->cfg)
		return 0;
#elif IS_ENABLED(CONFIG_SLOW)
	if (p->cfg)
#else
	/* rculint: allow(RCU101) nobody builds this */
	p->cfg->mtu = 1;
#endif
	return 1;
}
";

#[test]
fn what_a_dotconfig_leaves_out_is_not_reported() {
    let tree = Tree::new()
        .add("linux/fs/a.c", OPTIONAL)
        .add("fast", "CONFIG_FAST=y\n")
        .add("slow", "CONFIG_SLOW=m\n# CONFIG_FAST is not set\n")
        .add("linux/rculint.toml", "dotconfig = '../slow'\n");
    let rows = |arguments: &[&str]| -> Vec<u64> {
        let (_, out, _) = tree.run("linux", &[&["check", "--format", "json"], arguments].concat());
        let findings: serde_json::Value = serde_json::from_str(&out).unwrap();
        let all = findings.as_array().unwrap().iter();
        all.map(|one| one["location"]["row"].as_u64().unwrap()).collect()
    };
    assert_eq!(rows(&["--no-config", "fs"]), [7, 10]);
    assert_eq!(rows(&["--dotconfig", "../fast", "fs"]), [7]);
    assert_eq!(rows(&["fs"]), [10]);
    let tree = tree.add("empty", "# CONFIG_FAST is not set\n");
    let (status, _, err) = tree.run("linux", &["check", "--dotconfig", "../empty", "fs"]);
    assert!(status == 2 && err.contains("../empty: sets no CONFIG_ option"), "{err}");
}

#[test]
fn files_that_a_dotconfig_leaves_out_are_not_checked() {
    let tree = Tree::new()
        .add("linux/fs/a.c", OPTIONAL)
        .add("linux/fs/b.c", OPTIONAL)
        .add("linux/fs/Makefile", "obj-$(CONFIG_FAST) += a.o\nobj-$(CONFIG_OTHER) += b.o\n")
        .add("fast", "CONFIG_FAST=y\n");
    let arguments = ["check", "--format", "concise", "-v", "--dotconfig", "../fast", "fs"];
    let (_, out, err) = tree.run("linux", &arguments);
    assert!(out.contains("fs/a.c:7") && !out.contains("fs/b.c"), "{out}");
    assert!(err.contains("the configuration leaves 1 file out of the kernel"), "{err}");
}

const OWN: &str = "\
#include <linux/port.h>

void port_lock(struct port *p);
void port_unlock(struct port *p);
void *port_get(struct port *p);
void port_free(void *p);
#define __port_code(x)	do_section(x)

int port_mtu(struct port *p);
__port_code(1) int port_mtu(struct port *p)
{
	struct cfg *cfg;
	int mtu;

	port_lock(p);
	cfg = PORT_CFG(p->cfg);
	mtu = cfg->mtu;
	port_unlock(p);
	return mtu;
}

int port_test(struct port *p);
int port_test(struct port *p)
{
	int mtu;

	port_lock(p);
	mtu = p->cfg->mtu;
	port_unlock(p);
	return mtu;
}
";

/// Accessors, locks and decoration that a project has of its own.
#[test]
fn the_tables_can_be_extended() {
    let tree = Tree::new().add("linux/fs/a.c", OWN);
    assert_eq!(found(&tree, &["--select", "RCU101", "fs"]), ["RCU101 error", "RCU101 error"]);
    let tree = tree.add(
        "linux/rculint.toml",
        "[kernel]\ndecoration = ['__port_code']\n\
         [[kernel.wrapper]]\nnames = ['PORT_CFG']\nof = 'rcu_dereference_raw'\n\
         [[kernel.lock]]\nkind = 'mutex'\nobject = { path = '&{}->lock' }\n\
         acquire = ['port_lock']\nrelease = ['port_unlock']\n",
    );
    assert_eq!(found(&tree, &["--select", "RCU101", "fs"]), ["RCU101 error"]);
    let (_, out, _) = tree.run("linux", &["check", "--select", "RCU101", "fs"]);
    assert!(
        out.contains("rcu_dereference_protected(p->cfg, lockdep_is_held(&p->lock))"),
        "the lock chooses the accessor: {out}"
    );
}

const FLUSHES: &str = "\
#include <linux/port.h>

void rcu_read_lock(void);
void rcu_read_unlock(void);
void port_flush(struct port *p);

void port_wait(struct port *p);
void port_wait(struct port *p)
{
	rcu_read_lock();
	port_flush(p);
	rcu_read_unlock();
}
";

/// Functions that sleep.
#[test]
fn functions_of_other_files_may_sleep() {
    let tree = Tree::new().add("linux/fs/a.c", FLUSHES);
    assert_eq!(found(&tree, &["--select", "RCU304", "fs"]), [""; 0]);
    let tree = tree.add("linux/rculint.toml", "[[kernel.sleep]]\nnames = ['port_flush']\n");
    assert_eq!(found(&tree, &["--select", "RCU304", "fs"]), ["RCU304 error"]);
}

//! A kernel tree in a repository of git, made by the same hand at the same time in every run.

use std::path::Path;
use std::process::Command;

use super::tree::{CLEAN, SOURCE, Tree};

/// A source that loads as it should.
pub const GOOD: &str = "\
#include <linux/port.h>

int port_rate(struct port *p);
int port_rate(struct port *p)
{
	return rcu_dereference(p->cfg)->mtu;
}
";

/// The tree `linux/` with a file that has findings (`net/old.c`), one that has none
/// (`net/good.c`) and one without RCU, all committed.
pub fn repository() -> Tree {
    let tree = Tree::new()
        .add("linux/net/old.c", SOURCE)
        .add("linux/net/good.c", GOOD)
        .add("linux/lib/clean.c", CLEAN)
        .add("linux/include/linux/rcupdate.h", ACCESSORS);
    git(&tree, &["init", "-q", "-b", "main"]);
    commit(&tree, "base");
    tree
}

/// The accessors, as far as a declaration tells.
const ACCESSORS: &str = "\
#define rcu_dereference(p) __rcu_dereference_check((p), 0, __rcu)
#define rcu_dereference_raw(p) (p)
";

/// What git tells the programs of its hooks; the tests may run in one.
pub const LEFT_BY_HOOKS: [&str; 4] = ["GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE", "GIT_PREFIX"];

/// Runs git in the tree, with no configuration but this.
pub fn git(tree: &Tree, arguments: &[&str]) -> String {
    let output = command(tree.path()).args(arguments).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "git {arguments:?}: {said}");
    String::from_utf8(output.stdout).unwrap()
}

/// git in `linux/` of a tree, with no configuration but this.
pub fn command(top: &Path) -> Command {
    let mut git = Command::new("git");
    git.current_dir(top.join("linux"))
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1");
    for name in LEFT_BY_HOOKS {
        git.env_remove(name);
    }
    for who in ["AUTHOR", "COMMITTER"] {
        git.env(format!("GIT_{who}_NAME"), "A U Thor")
            .env(format!("GIT_{who}_EMAIL"), "author@example.com")
            .env(format!("GIT_{who}_DATE"), "2024-01-01T00:00:00Z");
    }
    git
}

/// Commits all there is.
pub fn commit(tree: &Tree, subject: &str) {
    git(tree, &["add", "-A"]);
    git(tree, &["commit", "-q", "--allow-empty", "-m", subject]);
}

/// Writes a file.
pub fn write(tree: &Tree, name: &str, text: &str) {
    let path = tree.path().join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

/// A text of the tree with something replaced that is in it.
pub fn edit(tree: &Tree, name: &str, what: &str, with: &str) {
    let text = std::fs::read_to_string(tree.path().join(name)).unwrap();
    assert!(text.contains(what), "{name} has no '{what}'");
    write(tree, name, &text.replace(what, with));
}

/// Makes the load of `net/good.c` a plain one.
pub fn spoil(tree: &Tree) {
    edit(tree, "linux/net/good.c", "rcu_dereference(p->cfg)", "p->cfg");
}

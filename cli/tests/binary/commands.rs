//! Every command in README.md is run, in a copy of the example that is a repository of git and has
//! what the commands name. A command that is not in the tables here fails the test.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Command;

use yaml_rust2::{Yaml, YamlLoader};

use crate::readme::{Block, all_blocks, example};
use crate::repository::{GOOD, LEFT_BY_HOOKS, commit, edit, git, spoil, write};
use crate::tree::Tree;

/// Command lines, and the exit status that they have: the branch brings an error, and the index
/// another one.
const RUN: [(&str, i32); 26] = [
    ("rculint check", 1),
    ("rculint check fs/aio.c net/core", 1),
    ("rculint explain RCU101", 0),
    ("rculint rules", 0),
    ("rculint cache info", 0),
    ("rculint cache clean", 0),
    ("rculint coverage kernel", 0),
    ("rculint audit percpu-ref .", 0),
    ("rculint config", 0),
    ("rculint check --fix fs/aio.c", 1),
    ("rculint check --fix --unsafe-fixes fs/aio.c", 0),
    ("rculint check --diff --unsafe-fixes fs/aio.c", 1),
    ("rculint check --diff-base origin/master", 1),
    ("rculint check --staged", 1),
    ("rculint check --patch series.mbox", 1),
    ("rculint check --write-baseline known.json", 0),
    ("rculint check --baseline known.json", 0),
    ("#!/bin/sh\nexec rculint check --staged --quiet\n", 1),
    (
        "rculint check --diff-base \"origin/$GITHUB_BASE_REF\" --format sarif \
         --output-file rculint.sarif",
        1,
    ),
    ("rculint check --diff-base \"origin/$GITHUB_BASE_REF\" --format github", 1),
    (
        "rculint check --diff-base \"origin/$GITHUB_BASE_REF\" --format markdown \
         >>\"$GITHUB_STEP_SUMMARY\"",
        1,
    ),
    (
        "rculint check --diff-base \"$CI_MERGE_REQUEST_DIFF_BASE_SHA\" --format gitlab \
         --output-file rculint.json",
        1,
    ),
    ("b4 am -o - MESSAGE-ID | rculint check --patch -", 1),
    ("rculint check --quiet --format gcc %", 1),
    ("rculint check --quiet --format gcc fs/aio.c", 1),
    ("rculint check --format json linux-source-6.1 > findings.json", 1),
];

/// Lines that are not run here, by how they start, and why.
const ELSEWHERE: [(&str, &str); 9] = [
    ("cargo ", "builds rculint: .ci/run and scripts/new-user-path"),
    ("make ", "builds a kernel: scripts/gate-smoke"),
    ("git config b4.", "b4 itself is run with it: tools.rs"),
    ("scripts/compare-sparse ", "wants a kernel: .ci/run has it compare the example"),
    ("scripts/compare-speed ", "wants a kernel and other tools: .ci/run has its self-test"),
    ("cd linux", "the commands are run there"),
    ("#!/bin/bash\nfound=", "has several endings: `a_script_of_nipa`"),
    ("set makeprg=", "Vim itself is run with it, if it is there: tools.rs"),
    ("set errorformat=", "the same"),
];

/// What stands for something else.
const MEANT: [(&str, &str); 2] = [("linux-source-6.1", "."), (" %", " fs/aio.c")];

/// The kernel tree `linux/` with a branch that brings a plain load in `fs/aio.c`, one more that is
/// staged in `net/core/dev.c`, and what else the README's commands name.
fn prepared() -> Tree {
    let tree = example("linux")
        .add("linux/fs/aio.c", GOOD)
        .add("linux/net/good.c", GOOD)
        .add("linux/net/core/dev.c", GOOD)
        .add("linux/kernel/fork.c", GOOD);
    git(&tree, &["init", "-q", "-b", "work"]);
    commit(&tree, "base");
    git(&tree, &["update-ref", "refs/remotes/origin/master", "HEAD"]);
    edit(&tree, "linux/fs/aio.c", "rcu_dereference(p->cfg)", "p->cfg");
    commit(&tree, "aio: load plainly");
    write(&tree, "linux/series.mbox", &git(&tree, &["format-patch", "--stdout", "-1"]));
    edit(&tree, "linux/net/core/dev.c", "rcu_dereference(p->cfg)", "p->cfg");
    git(&tree, &["add", "-u"]);
    let (status, _, err) = tree.run("linux", &["check", "--write-baseline", "known.json"]);
    assert_eq!(status, 0, "{err}");
    // The network is left out.
    write(&tree, "bin/b4", "#!/bin/sh\ncat series.mbox\n");
    make_executable(&tree, "bin/b4");
    tree
}

fn make_executable(tree: &Tree, name: &str) {
    let status = Command::new("chmod").arg("+x").arg(tree.path().join(name)).status().unwrap();
    assert!(status.success());
}

/// A shell in `linux/` with the names that the services give to what they run.
fn shell(tree: &Tree, text: &str) -> (i32, String, String) {
    let tool = assert_cmd::cargo::cargo_bin!("rculint");
    let mut path = vec![tree.path().join("bin"), tool.parent().unwrap().to_owned()];
    path.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap()));
    let mut bash = Command::new("bash");
    bash.args(["-c", &format!("exec 3>../summary\n{text}")])
        .current_dir(tree.path().join("linux"))
        .env("PATH", std::env::join_paths(path).unwrap())
        .env("DESC_FD", "3")
        .env("GITHUB_BASE_REF", "master")
        .env("GITHUB_STEP_SUMMARY", "../summary")
        .env("CI_MERGE_REQUEST_DIFF_BASE_SHA", "origin/master")
        .env("GIT_CONFIG_GLOBAL", "/dev/null");
    for name in LEFT_BY_HOOKS {
        bash.env_remove(name);
    }
    let output = bash.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// The commands of a block: a script as a whole, else line by line without what is said of them.
fn commands(block: &Block) -> Vec<String> {
    match block.language.as_str() {
        "" | "vim" | "console" => {
            let lines = block.text.replace("\\\n", "");
            let lines = lines.lines().map(|line| line.split("  #").next().unwrap().trim_end());
            let lines = lines.map(|line| line.strip_prefix("$ ").unwrap_or(line));
            lines.filter(|line| !line.is_empty()).map(str::to_owned).collect()
        }
        "sh" => vec![block.text.clone()],
        "yaml" => {
            let mut found = Vec::new();
            for document in YamlLoader::load_from_str(&block.text).unwrap() {
                steps(&document, &mut found);
            }
            found
        }
        "c" | "diff" | "json" | "toml" => Vec::new(),
        other => panic!("a block in {other}"),
    }
}

/// What is run by a workflow: `run:` of GitHub, `script:` of GitLab.
fn steps(yaml: &Yaml, found: &mut Vec<String>) {
    match yaml {
        Yaml::Array(items) => items.iter().for_each(|item| steps(item, found)),
        Yaml::Hash(entries) => {
            for (key, value) in entries {
                match (key.as_str(), value) {
                    (Some("run"), Yaml::String(text)) => found.push(text.clone()),
                    (Some("script"), Yaml::Array(lines)) => {
                        found.extend(lines.iter().map(|line| line.as_str().unwrap().to_owned()));
                    }
                    _ => steps(value, found),
                }
            }
        }
        _ => {}
    }
}

/// Whether other tests compare it with what is printed.
fn is_compared(block: &Block) -> bool {
    block.within.as_deref().is_some_and(|name| name != "figures")
}

#[test]
fn every_command_is_run() {
    let mut left: BTreeSet<&str> = RUN.iter().map(|(command, _)| *command).collect();
    let mut seen = BTreeSet::new();
    for block in all_blocks().iter().filter(|block| !is_compared(block)) {
        for command in commands(block) {
            let command = match command.strip_prefix("set makeprg=") {
                Some(program) if seen.insert(command.clone()) => program.replace("\\ ", " "),
                _ => command,
            };
            if ELSEWHERE.iter().any(|(start, _)| command.starts_with(start)) {
                continue;
            }
            let known = RUN.iter().find(|(known, _)| *known == command);
            let Some((known, expected)) = known else {
                panic!("README.md has a command that no test knows: {command}");
            };
            if !left.remove(known) {
                continue;
            }
            let meant = MEANT
                .iter()
                .fold(command.clone(), |text, (word, for_it)| text.replace(word, for_it));
            let (status, out, err) = shell(&prepared(), &meant);
            assert_eq!(status, *expected, "{command}\n{out}\n{err}");
        }
    }
    assert!(left.is_empty(), "README.md has these no more: {left:?}");
}

#[test]
fn a_script_of_nipa() {
    let blocks = all_blocks();
    let script = &blocks.iter().find(|block| block.text.contains("DESC_FD")).unwrap().text;
    let tree = example("linux").add("linux/net/good.c", GOOD);
    git(&tree, &["init", "-q", "-b", "main"]);
    commit(&tree, "base");
    let after = |subject: &str| {
        commit(&tree, subject);
        let (status, out, _) = shell(&tree, script);
        (status, out.lines().count(), std::fs::read_to_string(tree.path().join("summary")).unwrap())
    };
    let said = |number| format!("New RCU findings: {number}\n");
    edit(&tree, "linux/net/good.c", "return", "if (p->cfg) return");
    assert_eq!(after("a test"), (250, 1, said(1)));
    edit(&tree, "linux/net/good.c", "if (p->cfg) return", "return");
    assert_eq!(after("repaired"), (0, 0, said(0)));
    spoil(&tree);
    assert_eq!(after("a load"), (1, 1, said(1)));
    write(&tree, "linux/rculint.toml", "nonsense = 1\n");
    assert_eq!(after("a mistake"), (2, 0, "rculint could not check this\n".to_owned()));
}

/// The hooks, as pre-commit reads them.
pub fn hooks() -> Vec<Yaml> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../.pre-commit-hooks.yaml");
    let text = std::fs::read_to_string(path).unwrap();
    YamlLoader::load_from_str(&text).unwrap()[0].as_vec().unwrap().clone()
}

#[test]
fn hooks_look_at_what_is_staged() {
    for hook in hooks() {
        assert_eq!(hook["pass_filenames"].as_bool(), Some(false));
        assert_eq!(hook["require_serial"].as_bool(), Some(true));
        let languages: Vec<_> = hook["types_or"].as_vec().unwrap().iter().collect();
        assert_eq!(languages, [&Yaml::String("c".into()), &Yaml::String("rust".into())]);
    }
    let system = hooks().into_iter().find(|hook| hook["language"].as_str() == Some("system"));
    let system = system.unwrap();
    let entry = system["entry"].as_str().unwrap();
    // The other one builds rculint and then does the same.
    let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../scripts/pre-commit-check");
    let arguments = entry.strip_prefix("rculint ").unwrap();
    assert!(std::fs::read_to_string(script).unwrap().contains(&format!("-- {arguments} \"$@\"")));

    let tree = crate::repository::repository();
    let hook = || shell(&tree, entry);
    assert_eq!(hook(), (0, String::new(), String::new()));
    spoil(&tree);
    assert_eq!(hook().0, 0, "not staged");
    git(&tree, &["add", "-u"]);
    let (status, out, _) = hook();
    assert_eq!(status, 1);
    assert!(out.contains("RCU101") && out.contains("net/good.c:6:9"), "{out}");
    write(&tree, "linux/net/good.c", GOOD);
    assert_eq!(hook().0, 1, "repaired in the work tree alone");
    git(&tree, &["add", "-u"]);
    assert_eq!(hook(), (0, String::new(), String::new()));
}

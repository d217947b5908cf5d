//! Programs that call rculint, with what README.md tells to give them. Where one is not installed,
//! its test says so and is left out; `scripts/tools-smoke` installs those that pip has.

use std::path::Path;
use std::process::Command;

use crate::commands::hooks;
use crate::readme::all_blocks;
use crate::repository::{self, GOOD, commit, edit, git, repository, spoil, write};
use crate::tree::{SOURCE, Tree};

/// Whether a program starts.
fn is_there(program: &str) -> bool {
    let found = Command::new(program).arg("--version").output();
    let is_there = found.is_ok_and(|output| output.status.success());
    if !is_there {
        eprintln!("left out: there is no {program}");
    }
    is_there
}

/// Runs a program in `linux/`, with rculint on its PATH and all that it keeps below the tree; the exit
/// status, and all it prints.
fn run(tree: &Tree, words: &[&str]) -> (i32, String) {
    let tool = assert_cmd::cargo::cargo_bin!("rculint");
    let mut path = vec![tool.parent().unwrap().to_owned()];
    path.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap()));
    let mut git = repository::command(tree.path());
    let mut command = Command::new(words[0]);
    // git's own surroundings, which its hooks are to have as well.
    for (name, value) in git.args(["version"]).get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    let home = |name: &str| tree.path().join(name);
    let output = command
        .args(&words[1..])
        // b4 looks for its own commits among those of a year.
        .env_remove("GIT_AUTHOR_DATE")
        .env_remove("GIT_COMMITTER_DATE")
        .current_dir(home("linux"))
        .env("PATH", std::env::join_paths(path).unwrap())
        .env("HOME", home("home"))
        .env("XDG_CACHE_HOME", home("home/cache"))
        .env("XDG_DATA_HOME", home("home/data"))
        .env("PRE_COMMIT_HOME", home("home/pre-commit"))
        .output()
        .unwrap();
    let mut said = String::from_utf8_lossy(&output.stdout).into_owned();
    said += &String::from_utf8_lossy(&output.stderr);
    (output.status.code().unwrap(), said)
}

#[test]
fn pre_commit() {
    if !is_there("pre-commit") {
        return;
    }
    let tree = repository();
    // The hooks come from a repository, as they do for users.
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let given = std::fs::read_to_string(top.join(".pre-commit-hooks.yaml")).unwrap();
    write(&tree, "hooks/.pre-commit-hooks.yaml", &given);
    for words in [&["init", "-q"][..], &["add", "-A"], &["commit", "-q", "-m", "hooks"]] {
        git(&tree, &[&["-C", "../hooks"], words].concat());
    }
    let revision = git(&tree, &["-C", "../hooks", "rev-parse", "HEAD"]);
    let blocks = all_blocks();
    let recipe = blocks.iter().find(|block| block.text.contains("id: rculint-system")).unwrap();
    let recipe = recipe.text.replace("https://github.com/rculint/rculint", "../hooks");
    let recipe = recipe.replace("v0.1.0", revision.trim());
    write(&tree, "linux/.pre-commit-config.yaml", &recipe);
    commit(&tree, "a hook");
    assert_eq!(hooks().len(), 2);
    let (status, said) = run(&tree, &["pre-commit", "install"]);
    assert_eq!(status, 0, "{said}");

    let commit = |subject| run(&tree, &["git", "commit", "-q", "-m", subject]);
    spoil(&tree);
    git(&tree, &["add", "-u"]);
    // What is staged counts, not what the work tree has.
    write(&tree, "linux/net/good.c", GOOD);
    let (status, said) = commit("spoilt");
    assert_eq!(status, 1, "{said}");
    assert!(said.contains("net/good.c:6:9") && !said.contains("net/old.c"), "{said}");
    edit(&tree, "linux/net/good.c", "return", "/* as it was */\n\treturn");
    git(&tree, &["add", "-u"]);
    let (status, said) = commit("repaired");
    assert_eq!(status, 0, "{said}");
    assert!(said.contains("rculint (installed)") && said.contains("Passed"), "{said}");
    write(&tree, "linux/notes", "no C file\n");
    git(&tree, &["add", "-A"]);
    let (status, said) = commit("notes");
    assert!(status == 0 && said.contains("Skipped"), "{said}");
    // There are findings in `net/old.c`, and nothing is staged.
    let (status, said) = run(&tree, &["pre-commit", "run", "--all-files"]);
    assert_eq!(status, 0, "{said}");
}

#[test]
fn b4() {
    if !is_there("b4") {
        return;
    }
    let tree = repository();
    let blocks = all_blocks();
    let block = blocks.iter().find(|block| block.text.contains("perpatch")).unwrap();
    for line in block.text.lines() {
        let (status, said) = run(&tree, &["sh", "-c", line]);
        assert_eq!(status, 0, "{said}");
    }
    for (key, value) in [("name", "A U Thor"), ("email", "author@example.com")] {
        git(&tree, &["config", &format!("user.{key}"), value]);
    }
    let (status, said) = run(&tree, &["b4", "prep", "-n", "series", "-f", "main"]);
    assert_eq!(status, 0, "{said}");
    let commit = |subject: &str| {
        git(&tree, &["add", "-A"]);
        let message = format!("{subject}\n\nA text.");
        let (status, said) = run(&tree, &["git", "commit", "-q", "-s", "-m", &message]);
        assert_eq!(status, 0, "{said}");
    };
    spoil(&tree);
    commit("port: load plainly");
    write(&tree, "linux/net/more.c", SOURCE);
    commit("port: more");
    edit(&tree, "linux/lib/clean.c", "42", "43");
    commit("lib: count");
    let (_, said) = run(&tree, &["b4", "prep", "--check"]);
    let found: Vec<&str> = said.lines().filter(|line| line.contains("rculint: ")).collect();
    assert_eq!(found.len(), 3, "{said}");
    assert!(found[0].contains("net/good.c:6: ERROR:RCU101: plain load of `p->cfg`"), "{said}");
    assert!(found[1].contains("net/more.c:6: WARNING:RCU104: plain test of `p->cfg`"), "{said}");
    assert!(found[2].contains("net/more.c:8: ERROR:RCU101: plain load of `p->cfg`"), "{said}");
    assert!(said.contains("Success: 1, Warning: 1, Error: 2"), "{said}");
}

#[test]
fn vim() {
    if !is_there("vim") {
        return;
    }
    let tree = repository();
    let blocks = all_blocks();
    let settings = &blocks.iter().find(|block| block.language == "vim").unwrap().text;
    let script = format!(
        "{settings}silent make\n\
         let found = map(getqflist(), 'bufname(v:val.bufnr) . \":\" . v:val.lnum . v:val.type')\n\
         call writefile(found, '../found')\nqall!\n"
    );
    write(&tree, "script.vim", &script);
    let words =
        ["vim", "-u", "NONE", "-N", "-i", "NONE", "-es", "-S", "../script.vim", "net/old.c"];
    let (_, said) = run(&tree, &words);
    let found = std::fs::read_to_string(tree.path().join("found")).expect(&said);
    assert_eq!(found, "net/old.c:6w\nnet/old.c:8e\n");
}

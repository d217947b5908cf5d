//! What README.md shows of the configuration and of suppressions is what happens.

use std::path::{Path, PathBuf};

use crate::tree::Tree;

fn top() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The code blocks between two markers of README.md: the language, and the text.
fn blocks(name: &str) -> Vec<(String, String)> {
    let text = std::fs::read_to_string(top().join("README.md")).unwrap();
    let (_, rest) = text.split_once(&format!("<!-- {name}:begin")).expect("a marker");
    let (part, _) = rest.split_once(&format!("<!-- {name}:end -->")).expect("a marker");
    let mut blocks = Vec::new();
    let mut pieces = part.split("```");
    pieces.next();
    while let Some(block) = pieces.next() {
        let (language, text) = block.split_once('\n').unwrap();
        blocks.push((language.to_owned(), text.to_owned()));
        pieces.next();
    }
    blocks
}

/// A copy of the example.
fn example() -> Tree {
    fn copy(from: &Path, name: &str, tree: Tree) -> Tree {
        let mut entries: Vec<_> =
            std::fs::read_dir(from).unwrap().map(|entry| entry.unwrap().path()).collect();
        entries.sort();
        entries.into_iter().fold(tree, |tree, path| {
            let name = format!("{name}/{}", path.file_name().unwrap().to_str().unwrap());
            if path.is_dir() {
                copy(&path, &name, tree)
            } else {
                tree.add(&name, std::fs::read(&path).unwrap())
            }
        })
    }
    copy(&top().join("testdata/example"), "example", Tree::new())
}

/// Runs a block that begins with a command, and compares what is printed, up to a line `...`.
fn holds(tree: &Tree, block: &str) {
    let (command, expected) = block.split_once('\n').unwrap();
    let words: Vec<&str> = command.strip_prefix("$ rculint ").unwrap().split(' ').collect();
    let (_, out, err) = tree.run("example", &words);
    let printed = if out.is_empty() { err } else { out };
    match expected.strip_suffix("...\n") {
        Some(start) => assert!(printed.starts_with(start), "{command}\n{printed}"),
        None => assert_eq!(printed, expected, "{command}"),
    }
}

#[test]
fn configuration() {
    let blocks = blocks("config");
    let (toml, shell): (Vec<_>, Vec<_>) =
        blocks.into_iter().partition(|(language, _)| language == "toml");
    let tree = example()
        .add("example/rculint.toml", &toml[0].1)
        .add("example/typo.toml", "select = ['RCU1']\nexclud = ['drivers']\n");
    assert_eq!(shell.len(), 2);
    for (_, block) in shell {
        holds(&tree, &block);
    }
    let (status, out, err) = tree.run("example", &["check", "--format", "gcc", "."]);
    assert_eq!(status, 1);
    assert!(out.contains("error: plain store of NULL") && !out.contains("[RCU401]"), "{out}");
    assert_eq!(err, "");
}

#[test]
fn suppression() {
    let blocks = blocks("suppression");
    let includes = "#include <linux/mailbox.h>\n\n";
    let tree = example().add("example/fs/set.c", format!("{includes}{}", blocks[0].1));
    holds(&tree, &blocks[1].1);
}

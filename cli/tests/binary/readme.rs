//! What README.md shows of findings, of the configuration and of suppressions is what happens.

use std::path::{Path, PathBuf};

use crate::tree::Tree;

fn top() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// A block of code in README.md.
pub struct Block {
    pub language: String,
    pub text: String,
    /// The name of the markers that it stands between, if it does.
    pub within: Option<String>,
}

/// All blocks of README.md.
pub fn all_blocks() -> Vec<Block> {
    let text = std::fs::read_to_string(top().join("README.md")).unwrap();
    let (mut blocks, mut within) = (Vec::new(), None);
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let marker = line.strip_prefix("<!-- ").unwrap_or_default();
        if let Some((name, _)) = marker.split_once(":begin") {
            within = Some(name.to_owned());
        } else if marker.contains(":end") {
            within = None;
        }
        let Some(language) = line.strip_prefix("```") else { continue };
        let inside = lines.by_ref().take_while(|line| *line != "```");
        let text = inside.flat_map(|line| [line, "\n"]).collect();
        blocks.push(Block { language: language.to_owned(), text, within: within.clone() });
    }
    blocks
}

/// The blocks between two markers.
fn blocks(name: &str) -> Vec<Block> {
    all_blocks().into_iter().filter(|block| block.within.as_deref() == Some(name)).collect()
}

/// A copy of the example, in a folder of a tree.
pub fn example(folder: &str) -> Tree {
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
    copy(&top().join("testdata/example"), folder, Tree::new())
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
        blocks.into_iter().partition(|block| block.language == "toml");
    let tree = example("example")
        .add("example/rculint.toml", &toml[0].text)
        .add("example/typo.toml", "select = ['RCU1']\nexclud = ['drivers']\n");
    assert_eq!(shell.len(), 2);
    for block in shell {
        holds(&tree, &block.text);
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
    let text = format!("{includes}{}", blocks[0].text);
    let tree = example("example").add("example/fs/set.c", text);
    holds(&tree, &blocks[1].text);
}

#[test]
fn rust() {
    let blocks = blocks("rust");
    let tree = example("example")
        .add("example/rust/bindings/bindings_helper.h", "#include <linux/mailbox.h>\n")
        .add("example/fs/slots.rs", &blocks[0].text);
    holds(&tree, &blocks[1].text);
}

#[test]
fn findings() {
    let blocks = blocks("example");
    let shown: Vec<&str> = blocks[0].text.split("\n\n").map(str::trim).collect();
    assert_eq!(shown.len(), 2);
    let tree = example("testdata/example");
    let (status, out, _) = tree.run("", &["check", "testdata/example"]);
    assert_eq!(status, 1);
    for finding in shown {
        assert!(out.contains(finding), "{out}");
    }
}

//! The version that `--version` tells: with the commit, where the sources are a git checkout.

use std::path::Path;
use std::process::Command;

fn main() {
    let version = std::env::var("CARGO_PKG_VERSION").unwrap_or_default();
    let version = match commit() {
        Some(commit) => format!("{version} ({commit})"),
        None => version,
    };
    println!("cargo::rustc-env=RCULINT_VERSION={version}");
    println!("cargo::rerun-if-changed=build.rs");
}

/// The commit of optimised builds. Others are made over and over by who works on the code, and
/// would be made again for each commit.
fn commit() -> Option<String> {
    // A package lies in a folder of cargo's, around which may be a repository of something else.
    let top = Path::new("..");
    if std::env::var("PROFILE").ok()? != "release" || !top.join(".git").exists() {
        return None;
    }
    let commit = git(&["rev-parse", "--short=12", "HEAD"])?;
    // HEAD itself only names a branch; its log has a line more with each commit.
    for name in ["HEAD", "logs/HEAD"] {
        if let Some(path) = git(&["rev-parse", "--git-path", name]) {
            if Path::new(&path).exists() {
                println!("cargo::rerun-if-changed={path}");
            }
        }
    }
    Some(commit)
}

/// What git says, from the folder of this package; nothing without git. Built by a hook of another
/// repository, that one is not meant.
fn git(arguments: &[&str]) -> Option<String> {
    let mut git = Command::new("git");
    for name in ["GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE", "GIT_PREFIX"] {
        git.env_remove(name);
    }
    let output = git.args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}

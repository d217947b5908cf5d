//! What the tests over `testdata/` share: finding the files and analyzing texts.
#![allow(dead_code, reason = "each test uses a part of it")]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rculint_analyzer::facts::FileFacts;
use rculint_analyzer::files::{FileSystem, Memory};
use rculint_analyzer::text::SourceFile;
use rculint_analyzer::{Input, Options, Workspace};
use rculint_rules::diagnostic::Diagnostic;
use rculint_rules::selection::Selection;
use rculint_rules::{Context, check};

/// What was found in a file.
pub struct Report {
    pub facts: FileFacts,
    pub findings: Vec<Diagnostic>,
}

pub fn testdata() -> PathBuf {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata");
    beside.canonicalize().expect("testdata/ lies beside rules/")
}

/// The files below a folder whose names end so, in the order of their names.
pub fn collect(folder: &Path, endings: &[&str], found: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            collect(&path, endings, found);
        } else if path.extension().is_some_and(|end| endings.iter().any(|ending| end == *ending)) {
            found.push(path);
        }
    }
}

/// Runs every rule over files that are all read in one workspace.
pub fn analyze(files: Arc<dyn FileSystem>, paths: &[PathBuf], texts: &[Vec<u8>]) -> Vec<Report> {
    let input = |path: &PathBuf| Input { path: path.clone(), shown: path.display().to_string() };
    let options = Options { include_dirs: vec![testdata().join("include")], ..Options::default() };
    let workspace = Workspace::load(files, paths.iter().map(input).collect(), options);
    let all = workspace.inputs().iter().zip(texts).enumerate();
    all.map(|(index, (input, text))| {
        let facts = workspace.analyze(index).unwrap();
        let source = SourceFile::new(text.clone());
        let context =
            Context { path: &input.path, shown: &input.shown, source: &source, facts: &facts };
        let findings = check(&context, &Selection::all());
        Report { facts, findings }
    })
    .collect()
}

/// As [`analyze`], for texts that are on no disk, at paths that may name no file.
pub fn analyze_in_memory(paths: &[PathBuf], texts: &[Vec<u8>]) -> Vec<Report> {
    let mut memory = Memory::default();
    let mut on_disk = Vec::new();
    for folder in ["include", "rules", "types"] {
        collect(&testdata().join(folder), &["c", "h"], &mut on_disk);
    }
    for path in on_disk {
        memory.add(path.clone(), fs::read(path).unwrap());
    }
    for (path, text) in paths.iter().zip(texts) {
        memory.add(path.clone(), text.clone());
    }
    analyze(Arc::new(memory), paths, texts)
}

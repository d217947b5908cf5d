//! What the tests over `testdata/` share: finding the files and analyzing texts.
#![allow(dead_code, reason = "each test uses a part of it")]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rculint_analyzer::facts::FileFacts;
use rculint_analyzer::files::{FileSystem, Memory};
use rculint_analyzer::rust::is_rust;
use rculint_analyzer::text::SourceFile;
use rculint_analyzer::{Input, Options, Workspace};
use rculint_rules::diagnostic::Diagnostic;
use rculint_rules::selection::Selection;
use rculint_rules::suppression::{Allowance, allowances, settle, unused_suppression};
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

/// The start of the codes that a file of the corpus is about, by its folder; `None` for all. What
/// asks about types and annotations is code in miniature, full of loads that nothing protects.
fn family(path: &Path) -> Option<String> {
    let below = path.strip_prefix(testdata()).unwrap_or(path);
    let folder = below.parent()?.to_string_lossy().into_owned();
    if folder.starts_with("types") {
        return Some("RCU1".to_owned());
    }
    let code = folder.strip_prefix("rules/")?;
    Some(code.get(..4)?.to_owned())
}

/// Runs rules over files: those about annotations are read in one workspace; each of the others in
/// its own, as functions of one name in two files would be taken for one.
pub fn analyze(files: Arc<dyn FileSystem>, paths: &[PathBuf], texts: &[Vec<u8>]) -> Vec<Report> {
    let alone = |path: &PathBuf| family(path).as_deref() != Some("RCU1");
    let mut reports: Vec<Option<Report>> = paths.iter().map(|_| None).collect();
    let together: Vec<usize> = (0..paths.len()).filter(|at| !alone(&paths[*at])).collect();
    let mut groups = vec![together];
    groups.extend((0..paths.len()).filter(|at| alone(&paths[*at])).map(|at| vec![at]));
    for group in groups.into_iter().filter(|group| !group.is_empty()) {
        let input = |at: &usize| Input {
            path: paths[*at].clone(),
            shown: paths[*at].display().to_string(),
        };
        let rust = group.iter().any(|at| is_rust(&paths[*at]));
        let options = match rust {
            // What Rust sees of C lies below the top of a tree.
            true => Options { kernel_root: Some(testdata()), ..Options::default() },
            false => {
                Options { include_dirs: vec![testdata().join("include")], ..Options::default() }
            }
        };
        let workspace = Workspace::load(files.clone(), group.iter().map(input).collect(), options);
        for (index, at) in group.into_iter().enumerate() {
            let input = &workspace.inputs()[index];
            let facts = workspace.analyze(index).unwrap();
            let source = SourceFile::new(texts[at].clone());
            let context =
                Context { path: &input.path, shown: &input.shown, source: &source, facts: &facts };
            let selection = selection(&input.path);
            let allowances = allowances(&source, &input.path, &input.shown);
            let told =
                |one: &Allowance| selection.has(one.rule) && selection.has(unused_suppression());
            let settled = settle(check(&context, &selection), &allowances, told).into_iter();
            let findings = settled.filter(|(_, why)| why.is_none()).map(|(found, _)| found);
            let findings = findings.collect();
            reports[at] = Some(Report { facts, findings });
        }
    }
    reports.into_iter().flatten().collect()
}

fn selection(path: &Path) -> Selection {
    match family(path) {
        Some(own) => Selection::new(&["RCU1".to_owned(), own], &[]).expect("there are such rules"),
        None => Selection::all(),
    }
}

/// As [`analyze`], for texts that are on no disk, at paths that may name no file.
pub fn analyze_in_memory(paths: &[PathBuf], texts: &[Vec<u8>]) -> Vec<Report> {
    let mut memory = Memory::default();
    let mut on_disk = Vec::new();
    for folder in ["include", "rules", "rust", "types"] {
        collect(&testdata().join(folder), &["c", "h", "rs"], &mut on_disk);
    }
    for path in on_disk {
        memory.add(path.clone(), fs::read(path).unwrap());
    }
    for (path, text) in paths.iter().zip(texts) {
        memory.add(path.clone(), text.clone());
    }
    analyze(Arc::new(memory), paths, texts)
}

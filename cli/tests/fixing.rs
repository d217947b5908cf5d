//! `--fix` on the literate cases, and on damaged ones: what it leaves has nothing to fix, and fixing it
//! again changes nothing.

#[path = "../../rules/tests/corpus/damage.rs"]
mod damage;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use damage::{Numbers, damaged};
use rayon::prelude::*;
use rculint::trial::{fix, is_fixable};
use rculint_analyzer::files::{FileSystem, Memory};

fn testdata() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata")
}

/// The files below a folder, in the order of their names.
fn below(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut entries: Vec<PathBuf> = entries.collect();
    entries.sort();
    let inside = |path: PathBuf| if path.is_dir() { below(&path) } else { vec![path] };
    entries.into_iter().flat_map(inside).collect()
}

/// The kernel in miniature that the cases are written against.
fn headers() -> Arc<dyn FileSystem> {
    let mut memory = Memory::default();
    for folder in ["include", "rust"] {
        for path in below(&testdata().join(folder)) {
            let name = path.strip_prefix(testdata()).unwrap();
            memory.add(Path::new("/").join(name), fs::read(&path).unwrap());
        }
    }
    Arc::new(memory)
}

/// The cases of the rules: a path in the kernel and the text.
fn cases() -> Vec<(PathBuf, Vec<u8>)> {
    let files = below(&testdata().join("rules"));
    let is_code = |path: &PathBuf| path.extension().is_some_and(|end| end == "c" || end == "rs");
    let read = |path: PathBuf| {
        let ending = path.extension().unwrap_or_default().to_string_lossy();
        (PathBuf::from(format!("/code/t.{ending}")), fs::read(&path).unwrap())
    };
    files.into_iter().filter(is_code).map(read).collect()
}

/// What is wrong with the fixes of a text, and how many were made.
fn wrong(path: &Path, text: &[u8], headers: &Arc<dyn FileSystem>) -> (usize, Vec<String>) {
    let mut wrong = Vec::new();
    let once = fix(path, text, headers).expect("the file is there");
    if once.made == 0 && once.text != text {
        wrong.push("changed without a fix".to_owned());
    }
    // What was left out is told, and is found again.
    let left = once.report.diagnostics().filter(|found| is_fixable(found));
    let left: Vec<_> =
        left.map(|found| format!("{} in line {}", found.code, found.location.row)).collect();
    if left.len() > once.refused {
        wrong.push(format!("{} left out, left to fix: {left:?}", once.refused));
    }
    if once.made > 0 {
        let twice = fix(path, &once.text, headers).expect("the file is there");
        if twice.text != once.text {
            wrong.push("fixing again changes something".to_owned());
        }
    }
    (once.made, wrong)
}

fn check(texts: &[(PathBuf, Vec<u8>)], at_least: usize) {
    let headers = headers();
    let results: Vec<_> =
        texts.par_iter().map(|(path, text)| wrong(path, text, &headers)).collect();
    let made: usize = results.iter().map(|(made, _)| made).sum();
    for ((_, text), (_, wrong)) in texts.iter().zip(&results) {
        assert!(wrong.is_empty(), "{wrong:?}:\n{}", String::from_utf8_lossy(text));
    }
    assert!(made >= at_least, "there is something to fix: {made}");
}

#[test]
fn cases_are_fixed_once_and_for_all() {
    check(&cases(), 150);
}

#[test]
fn damaged_cases_are_fixed_once_and_for_all() {
    let cases = cases();
    let mut numbers = Numbers::new(2);
    let mut texts = Vec::new();
    for (path, text) in cases.iter().flat_map(|case| [case, case]) {
        let (_, other) = &cases[numbers.below(cases.len())];
        texts.push((path.clone(), damaged(text, other, &mut numbers)));
    }
    check(&texts, 250);
}

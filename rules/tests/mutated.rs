//! Damaged code through the whole of the analyzer and every rule: no panic, and every place that is
//! reported lies in its file.

#[path = "corpus/damage.rs"]
mod damage;

mod corpus;

use std::fs;
use std::path::PathBuf;

use corpus::{analyze_in_memory, collect, testdata};
use damage::{Numbers, damaged};
use rculint_rules::diagnostic::Edit;

/// Variants of each file.
const VARIANTS: usize = 4;

#[test]
fn damaged_code_is_survived() {
    let mut files = Vec::new();
    for folder in ["rules", "types"] {
        collect(&testdata().join(folder), &["c", "rs"], &mut files);
    }
    let texts: Vec<Vec<u8>> = files.iter().map(|path| fs::read(path).unwrap()).collect();
    let mut numbers = Numbers::new(0);
    let (mut paths, mut damaged_texts): (Vec<PathBuf>, Vec<Vec<u8>>) = (Vec::new(), Vec::new());
    for (path, text) in files.iter().zip(&texts) {
        for variant in 0..VARIANTS {
            let other = &texts[numbers.below(texts.len())];
            let ending = path.extension().unwrap_or_default().to_string_lossy();
            paths.push(path.with_extension(format!("damaged{variant}.{ending}")));
            damaged_texts.push(damaged(text, other, &mut numbers));
        }
    }
    let reports = analyze_in_memory(&paths, &damaged_texts);
    let mut findings = 0;
    for ((path, text), report) in paths.iter().zip(&damaged_texts).zip(reports) {
        let shown = path.display().to_string();
        let inside = |name: &str, end: u32| name != shown || end as usize <= text.len();
        for finding in &report.findings {
            findings += 1;
            assert!(finding.span.start <= finding.span.end);
            assert!(inside(&finding.filename, finding.span.end), "{shown}: {finding:?}");
            let places = &finding.related;
            assert!(places.iter().all(|place| inside(&place.filename, place.span.end)));
            let edits: Vec<&Edit> = finding.fix.iter().flat_map(|fix| &fix.edits).collect();
            assert!(edits.iter().all(|edit| inside(&edit.filename, edit.span.end)));
        }
    }
    assert!(findings > 100, "the damage leaves something to find: {findings}");
}

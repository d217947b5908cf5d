//! Damaged code through the whole of the analyzer and every rule: no panic, and every place that is
//! reported lies in its file.

mod corpus;

use std::fs;
use std::path::PathBuf;

use corpus::{analyze_in_memory, collect, testdata};
use rculint_rules::diagnostic::Edit;

/// Variants of each file.
const VARIANTS: usize = 4;

/// Numbers that are the same on every run (xorshift).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound.max(1) as u64) as usize
    }
}

/// A text with some of its bytes changed, a piece cut out or doubled, or a piece of another put in.
fn damaged(text: &[u8], other: &[u8], numbers: &mut Numbers) -> Vec<u8> {
    let mut out = text.to_vec();
    for _ in 0..=numbers.below(3) {
        let at = numbers.below(out.len());
        let end = (at + numbers.below(60)).min(out.len());
        match numbers.below(5) {
            0 => out[at..end].fill(b"(){};,*&#\\\"\n_0"[numbers.below(14)]),
            1 => drop(out.drain(at..end)),
            2 => {
                let piece = out[at..end].to_vec();
                out.splice(at..at, piece);
            }
            3 => {
                let from = numbers.below(other.len());
                let to = (from + numbers.below(200)).min(other.len());
                out.splice(at..end, other[from..to].iter().copied());
            }
            _ => out.truncate(at.max(1)),
        }
    }
    out
}

#[test]
fn damaged_code_is_survived() {
    let mut files = Vec::new();
    for folder in ["rules", "types"] {
        collect(&testdata().join(folder), &["c", "rs"], &mut files);
    }
    let texts: Vec<Vec<u8>> = files.iter().map(|path| fs::read(path).unwrap()).collect();
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
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

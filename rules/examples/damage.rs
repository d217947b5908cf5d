//! Damages files of a kernel tree at random, by a seed, and has them analyzed and judged: nothing may
//! panic, take long, or speak of a place that is not in its file.
//!
//! `cargo run --profile quick --example damage -- TREE [SEED [FILES]]`

use std::collections::BTreeMap;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rculint_analyzer::files::{Disk, FileSystem, Overlay};
use rculint_analyzer::text::{SourceFile, Span};
use rculint_analyzer::{Input, Options, Workspace};
use rculint_rules::diagnostic::apply;
use rculint_rules::selection::Selection;
use rculint_rules::{Context, check};

#[path = "../tests/corpus/damage.rs"]
mod damage;

use damage::{Numbers, damaged};

/// Files that are read together.
const TOGETHER: usize = 40;
/// A file may take so long, whatever was done to it.
const LONG: Duration = Duration::from_secs(5);

fn main() {
    let mut words = std::env::args().skip(1);
    let tree = PathBuf::from(words.next().expect("a kernel tree")).canonicalize().unwrap();
    let seed = words.next().map_or(1, |word| word.parse().expect("a seed"));
    let number: usize = words.next().map_or(1000, |word| word.parse().expect("a number of files"));
    let mut paths = Vec::new();
    collect(&tree, &mut paths);
    paths.sort();
    let mut numbers = Numbers::new(seed);
    let (mut bad, mut findings, mut slowest) = (0, 0, (Duration::ZERO, PathBuf::new()));
    let mut done = 0;
    while done < number {
        let texts: BTreeMap<PathBuf, Vec<u8>> = (0..TOGETHER.min(number - done))
            .map(|_| {
                let mut pick = || &paths[numbers.below(paths.len())];
                let (path, other) = (pick().clone(), fs::read(pick()).unwrap_or_default());
                let text = damaged(&fs::read(&path).unwrap_or_default(), &other, &mut numbers);
                (path, text)
            })
            .collect();
        done += TOGETHER.min(number - done);
        for trouble in run(&tree, &texts, &mut findings, &mut slowest) {
            bad += 1;
            let (path, what) = trouble;
            let kept = std::env::temp_dir().join(format!("damaged-{seed}-{bad}.c"));
            if let Some(text) = texts.get(&path) {
                let _ = fs::write(&kept, text);
            }
            println!("{}: {what} ({})", path.display(), kept.display());
        }
    }
    println!(
        "{number} files, {findings} findings, {bad} bad; slowest: {:?} in {}",
        slowest.0,
        slowest.1.display()
    );
    std::process::exit(i32::from(bad > 0));
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_symlink() {
            continue;
        }
        if path.is_dir() {
            collect(&path, found);
        } else if path.extension().is_some_and(|end| end == "c" || end == "h") {
            found.push(path);
        }
    }
}

/// Analyzes the texts as if they stood in the tree; what went wrong, and in which file.
fn run(
    tree: &Path,
    texts: &BTreeMap<PathBuf, Vec<u8>>,
    findings: &mut usize,
    slowest: &mut (Duration, PathBuf),
) -> Vec<(PathBuf, String)> {
    let mut bad = Vec::new();
    let changed = texts.iter().map(|(path, text)| (path.clone(), Some(text.clone()))).collect();
    let files: Arc<dyn FileSystem> = Arc::new(Overlay::new(Arc::new(Disk), changed));
    let input = |path: &PathBuf| Input { path: path.clone(), shown: path.display().to_string() };
    let inputs: Vec<Input> = texts.keys().map(input).collect();
    let options = Options { kernel_root: Some(tree.to_owned()), ..Options::default() };
    let loaded = catch_unwind(AssertUnwindSafe(|| Workspace::load(files, inputs, options)));
    let Ok(workspace) = loaded else {
        bad.push((texts.keys().next().cloned().unwrap_or_default(), "panic in load".to_owned()));
        return bad;
    };
    for (index, (path, text)) in texts.iter().enumerate() {
        let start = Instant::now();
        let judged = catch_unwind(AssertUnwindSafe(|| judge(&workspace, index, path, text)));
        match judged {
            Ok(Ok(number)) => *findings += number,
            Ok(Err(what)) => bad.push((path.clone(), what)),
            Err(_) => bad.push((path.clone(), "panic".to_owned())),
        }
        let took = start.elapsed();
        if took > LONG {
            bad.push((path.clone(), format!("took {took:?}")));
        }
        if took > slowest.0 {
            *slowest = (took, path.clone());
        }
    }
    bad
}

/// The number of findings in a file, all of which lie in it, and their edits as well.
fn judge(workspace: &Workspace, index: usize, path: &Path, text: &[u8]) -> Result<usize, String> {
    let input = &workspace.inputs()[index];
    let facts = workspace.analyze(index).map_err(|error| error.to_string())?;
    let source = SourceFile::new(text.to_vec());
    let context =
        Context { path: &input.path, shown: &input.shown, source: &source, facts: &facts };
    let found = check(&context, &Selection::all());
    let inside = |of: &Path, span: Span| {
        span.start <= span.end && (of != path || span.end as usize <= text.len())
    };
    for one in &found {
        let mut places = vec![(one.path.as_path(), one.span)];
        places.extend(one.related.iter().map(|place| (place.path.as_path(), place.span)));
        let edits = one.fix.iter().flat_map(|fix| &fix.edits);
        places.extend(edits.clone().map(|edit| (edit.path.as_path(), edit.span)));
        if !places.iter().all(|(of, span)| inside(of, *span)) {
            return Err(format!("a place is not in its file: {one:?}"));
        }
        let own: Vec<_> = edits.filter(|edit| edit.path == path).cloned().collect();
        apply(text, &own);
    }
    Ok(found.len())
}

//! The stages of an analysis, each for itself and all together, over the C of `testdata/`; with
//! `RCULINT_BENCH_KERNEL=TREE` over some files of that kernel as well.
//!
//!     cargo bench
//!     RCULINT_BENCH_KERNEL=linux-source-6.1 cargo bench -- flow

#[path = "../tests/corpus/mod.rs"]
mod corpus;

use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, LazyLock};

use corpus::{collect, testdata};
use divan::counter::{BytesCount, ItemsCount};
use divan::{Bencher, black_box};
use rculint_analyzer::facts::FileFacts;
use rculint_analyzer::files::Disk;
use rculint_analyzer::items::scan as scan_items;
use rculint_analyzer::stages::{Stages, Trees};
use rculint_analyzer::text::SourceFile;
use rculint_analyzer::{Input, Options, Workspace};
use rculint_rules::selection::Selection;
use rculint_rules::{Context, check};

/// Files of different kinds: small and large, with much RCU and with little, and one of locks.
const OF_KERNEL: [&str; 6] = [
    "fs/aio.c",
    "kernel/cgroup/cgroup.c",
    "kernel/sched/core.c",
    "net/core/dev.c",
    "net/ipv4/route.c",
    "drivers/net/macvlan.c",
];

/// Files with their headers.
struct Corpus {
    name: &'static str,
    texts: Vec<Vec<u8>>,
    workspace: Workspace,
}

impl Corpus {
    fn new(name: &'static str, paths: Vec<PathBuf>, options: Options) -> Corpus {
        let texts = paths.iter().map(|path| fs::read(path).expect("it can be read")).collect();
        let input = |path: PathBuf| Input { shown: path.display().to_string(), path };
        let inputs = paths.into_iter().map(input).collect();
        let workspace = Workspace::load(Arc::new(Disk), inputs, options);
        let corpus = Corpus { name, texts, workspace };
        // What is learned of headers is learned once for all files.
        corpus.facts();
        corpus
    }

    fn bytes(&self) -> BytesCount {
        BytesCount::new(self.texts.iter().map(Vec::len).sum::<usize>())
    }

    fn facts(&self) -> Vec<FileFacts> {
        let facts = |index| self.workspace.analyze(index).expect("it can be read");
        (0..self.texts.len()).map(facts).collect()
    }

    fn stages(&self) -> Vec<Stages<'_>> {
        let stages = |index| Stages::of(&self.workspace, index).expect("it can be read");
        (0..self.texts.len()).map(stages).collect()
    }

    /// Files that nothing is known of but their trees.
    fn parsed(&self) -> Vec<(Stages<'_>, Trees)> {
        let parsed = self.stages().into_iter().map(|stages| {
            let trees = stages.parse();
            (stages, trees)
        });
        parsed.collect()
    }
}

static CORPORA: LazyLock<Vec<Corpus>> = LazyLock::new(|| {
    let mut own = Vec::new();
    for folder in ["example", "rules", "types"] {
        collect(&testdata().join(folder), &["c"], &mut own);
    }
    let include = Options { include_dirs: vec![testdata().join("include")], ..Options::default() };
    let mut corpora = vec![Corpus::new("testdata", own, include)];
    if let Some(tree) = std::env::var_os("RCULINT_BENCH_KERNEL") {
        let tree = PathBuf::from(tree).canonicalize().expect("there is such a tree");
        let files = OF_KERNEL.map(|name| tree.join(name)).into_iter();
        let files = files.filter(|path| path.is_file()).collect();
        let options = Options { kernel_root: Some(tree), ..Options::default() };
        corpora.push(Corpus::new("kernel", files, options));
    }
    corpora
});

fn main() {
    divan::Divan::default().sample_count(20).config_with_args().main();
}

fn names() -> impl Iterator<Item = &'static str> {
    CORPORA.iter().map(|corpus| corpus.name)
}

fn named(name: &str) -> &'static Corpus {
    CORPORA.iter().find(|corpus| corpus.name == name).expect("it is one of the names")
}

/// Cutting files into items.
#[divan::bench(args = names())]
fn scan(bencher: Bencher, name: &str) {
    let corpus = named(name);
    bencher.counter(corpus.bytes()).bench(|| {
        corpus.texts.iter().map(|text| scan_items(black_box(text)).items.len()).sum::<usize>()
    });
}

/// Parsing every function.
#[divan::bench(args = names())]
fn parse(bencher: Bencher, name: &str) {
    let corpus = named(name);
    bencher
        .counter(corpus.bytes())
        .with_inputs(|| corpus.stages())
        .bench_local_refs(|files| files.iter().map(Stages::parse).collect::<Vec<_>>());
}

/// Typing what every function does.
#[divan::bench(args = names())]
fn types(bencher: Bencher, name: &str) {
    let corpus = named(name);
    bencher.counter(corpus.bytes()).with_inputs(|| corpus.parsed()).bench_local_refs(|files| {
        files.iter().map(|(stages, trees)| stages.types(trees)).sum::<usize>()
    });
}

/// Following every function.
#[divan::bench(args = names())]
fn flow(bencher: Bencher, name: &str) {
    let corpus = named(name);
    bencher.counter(corpus.bytes()).with_inputs(|| corpus.parsed()).bench_local_refs(|files| {
        files.iter().map(|(stages, trees)| stages.flow(trees)).sum::<usize>()
    });
}

/// What an analysis does of all that, and what it states.
#[divan::bench(args = names())]
fn facts(bencher: Bencher, name: &str) {
    let corpus = named(name);
    bencher.counter(corpus.bytes()).bench(|| corpus.facts());
}

/// All rules, over what is stated.
#[divan::bench(args = names())]
fn rules(bencher: Bencher, name: &str) {
    let corpus = named(name);
    let facts = corpus.facts();
    let sources: Vec<_> = corpus.texts.iter().map(|text| SourceFile::new(text.clone())).collect();
    let selection = Selection::all();
    let findings = || {
        let files = corpus.workspace.inputs().iter().zip(&sources).zip(&facts);
        let found = files.map(|((input, source), facts)| {
            let context = Context { path: &input.path, shown: &input.shown, source, facts };
            check(&context, &selection).len()
        });
        found.sum::<usize>()
    };
    bencher.counter(ItemsCount::new(findings())).bench(findings);
}

//! What it takes to check a fixed corpus: bytes, nodes and types are counted, so that a regression
//! shows without a clock. A change that makes the numbers grow says why.

mod corpus;

use std::fmt::Write;
use std::path::PathBuf;
use std::sync::Arc;

use corpus::{collect, testdata};
use rculint_analyzer::facts::Cost;
use rculint_analyzer::files::Disk;
use rculint_analyzer::{Input, Options, Workspace};

#[test]
fn cost_of_the_example() {
    let top = testdata().join("example");
    let mut paths: Vec<PathBuf> = Vec::new();
    collect(&top, &["c", "h"], &mut paths);
    let shown = |path: &PathBuf| path.strip_prefix(&top).unwrap().display().to_string();
    let inputs: Vec<Input> =
        paths.iter().map(|path| Input { path: path.clone(), shown: shown(path) }).collect();
    let options = Options { kernel_root: Some(top.clone()), whole: true, ..Options::default() };
    let workspace = Workspace::load(Arc::new(Disk), inputs, options);
    let mut lines = String::new();
    for (index, input) in workspace.inputs().iter().enumerate() {
        let statistics = workspace.analyze(index).unwrap().statistics;
        let Cost { bytes, parsed, nodes, types } = statistics.cost;
        let _ = writeln!(
            lines,
            "{}: {bytes} bytes, {} of {} items parsed ({parsed} bytes, {nodes} nodes), {types} types",
            input.shown, statistics.parsed, statistics.items
        );
    }
    insta::assert_snapshot!(lines);
}

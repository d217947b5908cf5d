//! The Rust front end and every rule: all places that are told lie in the file.
#![no_main]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use libfuzzer_sys::fuzz_target;
use rculint_analyzer::files::{FileSystem, Overlay};
use rculint_analyzer::text::{SourceFile, Span};
use rculint_analyzer::{Input, Options, Workspace};
use rculint_rules::diagnostic::apply;
use rculint_rules::selection::Selection;
use rculint_rules::suppression::allowances;
use rculint_rules::{Context, check};

mod common;

fuzz_target!(|bytes: &[u8]| {
    let path = PathBuf::from("/code/t.rs");
    let changed = BTreeMap::from([(path.clone(), Some(bytes.to_vec()))]);
    let files: Arc<dyn FileSystem> = Arc::new(Overlay::new(common::headers(), changed));
    let inputs = vec![Input { path: path.clone(), shown: "t.rs".to_owned() }];
    let options = Options { kernel_root: Some("/".into()), ..Options::default() };
    let workspace = Workspace::load(files, inputs, options);
    let facts = workspace.analyze(0).expect("the file is there");
    let source = SourceFile::new(bytes.to_vec());
    let context = Context { path: &path, shown: "t.rs", source: &source, facts: &facts };
    let inside = |of: &Path, span: Span| {
        span.start <= span.end && (of != path || span.end as usize <= bytes.len())
    };
    allowances(&source, &path, "t.rs");
    for found in check(&context, &Selection::all()) {
        assert!(inside(&found.path, found.span));
        assert!(found.related.iter().all(|place| inside(&place.path, place.span)));
        let edits: Vec<_> = found.fix.iter().flat_map(|fix| fix.edits.clone()).collect();
        assert!(edits.iter().all(|edit| inside(&edit.path, edit.span)));
        apply(bytes, &edits);
    }
});

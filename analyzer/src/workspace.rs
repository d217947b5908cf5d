//! The analyzer's front door: a set of files to check, in a kernel tree or outside one.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;

use crate::facts::{AnnotatedNames, FileCoverage, FileFacts, coverage, facts};
use crate::files::FileSystem;
use crate::index::{Edge, FileId, IncludePaths, IndexedFile, Loader};
use crate::items::{includes, scan};
use crate::text::SourceFile;
use crate::types::{Knowledge, Unit};

/// A file to check.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Input {
    /// Where to read it; absolute.
    pub path: PathBuf,
    /// How reports name it: the argument joined with the path below it.
    pub shown: String,
}

/// How to read the inputs.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Top of the kernel tree whose headers the inputs use; absolute. `None`: no kernel tree.
    pub kernel_root: Option<PathBuf>,
    /// How reports name `kernel_root`, for declarations in headers outside the arguments.
    pub kernel_root_shown: String,
    /// Further folders for `#include`, as with `-I`; absolute.
    pub include_dirs: Vec<PathBuf>,
}

/// The files to check, with the headers they use, ready to analyze.
pub struct Workspace {
    files: Arc<dyn FileSystem>,
    inputs: Vec<Input>,
    paths: IncludePaths,
    knowledge: Knowledge,
    names: AnnotatedNames,
    contexts: Vec<Context>,
}

/// What surrounds an input.
#[derive(Default)]
struct Context {
    /// Its place in the index, where other files include it.
    id: Option<FileId>,
    /// What it includes.
    edges: Vec<Edge>,
    /// What the files beside it that include it include, and they themselves where they are units.
    around: Vec<Edge>,
}

/// How many of the files that include an input are looked at for what they include.
const INCLUDERS: usize = 4;

impl Workspace {
    /// Reads the `#include` lines of every input and scans the headers they reach (in parallel on
    /// the current rayon pool). Unreadable headers are as if absent; unreadable inputs are
    /// reported by [`Workspace::analyze`].
    pub fn load(files: Arc<dyn FileSystem>, inputs: Vec<Input>, options: Options) -> Workspace {
        let arches = match &options.kernel_root {
            Some(root) => files.folders(&root.join("arch")),
            None => Vec::new(),
        };
        let paths =
            IncludePaths::new(options.kernel_root.clone(), options.include_dirs.clone(), &arches);
        let shown_inputs: BTreeMap<&Path, &str> =
            inputs.iter().map(|input| (input.path.as_path(), input.shown.as_str())).collect();
        let shown = |path: &Path| -> String {
            if let Some(shown) = shown_inputs.get(path) {
                return (*shown).to_owned();
            }
            let below = options.kernel_root.as_ref().and_then(|root| path.strip_prefix(root).ok());
            let named = below.map(|below| Path::new(&options.kernel_root_shown).join(below));
            named.as_deref().unwrap_or(path).to_string_lossy().into_owned()
        };
        let mut loader = Loader::new(&files, &paths, &shown);
        let contexts = contexts(files.as_ref(), &inputs, &mut loader);
        let knowledge = Knowledge::new(loader.finish());
        let names = AnnotatedNames::of_index(&knowledge);
        Workspace { files, inputs, paths, knowledge, names, contexts }
    }

    /// The files to check, in the order given.
    pub fn inputs(&self) -> &[Input] {
        &self.inputs
    }

    /// What is known about input `index`. Independent of other calls: callers run it in parallel.
    ///
    /// # Errors
    /// The input could not be read.
    pub fn analyze(&self, index: usize) -> std::io::Result<FileFacts> {
        Ok(facts(&self.unit(index)?, &self.names))
    }

    /// How much of input `index` is understood.
    ///
    /// # Errors
    /// The input could not be read.
    pub fn coverage(&self, index: usize) -> std::io::Result<FileCoverage> {
        Ok(coverage(&self.unit(index)?, &self.names))
    }

    fn unit(&self, index: usize) -> std::io::Result<Unit<'_>> {
        let input = &self.inputs[index];
        let context = &self.contexts[index];
        let bytes = self.files.read(&input.path)?;
        let items = scan(&bytes);
        let file =
            IndexedFile::new(self.files.clone(), input.path.clone(), input.shown.clone(), items)
                .with_source(Arc::new(SourceFile::new(bytes)));
        let arch = self.paths.arch_of(&input.path);
        let mut visible = self.knowledge.index.closure_of(&context.edges, arch);
        visible.extend(&self.knowledge.index.closure_of(&context.around, arch));
        Ok(Unit::new(&self.knowledge, Arc::new(file), context.id, visible))
    }
}

/// Finds what surrounds each input, and has the loader read it.
fn contexts(files: &dyn FileSystem, inputs: &[Input], loader: &mut Loader<'_>) -> Vec<Context> {
    // Inputs, and the files beside them, which may include them.
    let mut folders: BTreeMap<PathBuf, Vec<String>> = BTreeMap::new();
    for input in inputs {
        if let Some(folder) = input.path.parent() {
            folders.entry(folder.to_owned()).or_insert_with(|| {
                let mut names = files.list(folder);
                names.retain(|name| name.ends_with(".c") || name.ends_with(".h"));
                names
            });
        }
    }
    let mut paths: Vec<PathBuf> = inputs.iter().map(|input| input.path.clone()).collect();
    let beside = folders.iter().flat_map(|(folder, names)| names.iter().map(|n| folder.join(n)));
    paths.extend(beside);
    paths.sort();
    paths.dedup();
    let scanned: Vec<(PathBuf, Vec<crate::items::Include>)> = paths
        .into_par_iter()
        .map(|path| {
            let found = files.read(&path).map(|bytes| includes(&bytes)).unwrap_or_default();
            (path, found)
        })
        .collect();
    let by_path: BTreeMap<&Path, &[crate::items::Include]> =
        scanned.iter().map(|(path, found)| (path.as_path(), found.as_slice())).collect();
    // For each file, those beside it that include it.
    let mut includers: BTreeMap<PathBuf, Vec<&Path>> = BTreeMap::new();
    for (path, found) in &scanned {
        let Some(folder) = path.parent() else { continue };
        for include in found.iter().filter(|i| i.quoted && !i.path.contains('/')) {
            includers.entry(folder.join(&*include.path)).or_default().push(path);
        }
    }
    let mut contexts = Vec::with_capacity(inputs.len());
    for input in inputs {
        let own = by_path.get(input.path.as_path()).copied().unwrap_or(&[]);
        let mut context = Context { edges: loader.edges(&input.path, own), ..Context::default() };
        let unit = |path: &Path| path.extension().is_some_and(|e| e == "c");
        for around in includers.get(&input.path).into_iter().flatten().take(INCLUDERS) {
            if unit(&input.path) {
                let id = loader.id((*around).to_owned());
                context.around.push(Edge::File(id));
            } else if let Some(found) = by_path.get(*around) {
                let edges = loader.edges(around, found);
                context.around.extend(edges);
            }
        }
        contexts.push(context);
    }
    loader.read();
    for (context, input) in contexts.iter_mut().zip(inputs) {
        context.id = loader.known(&input.path);
    }
    contexts
}

//! What surrounds an input: what it includes, and what those that include it bring along.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::across::Digest;
use crate::contained::contained;
use crate::files::FileSystem;
use crate::index::load::is_code;
use crate::index::{Edge, FileId, Loader};
use crate::items::{Include, includes};
use crate::kernel::version::Version;
use crate::rust::{self, is_rust};
use crate::workspace::Input;

/// What surrounds an input.
#[derive(Default)]
pub(crate) struct Context {
    /// Its place in the index, where other files include it.
    pub id: Option<FileId>,
    /// What it includes.
    pub edges: Vec<Edge>,
    /// What the files beside it that include it include, and they themselves where the input is
    /// a part of them.
    pub around: Vec<Edge>,
}

/// How many of the files that include an input are looked at for what they include.
const INCLUDERS: usize = 4;

/// What the text of a file says about its includes.
#[derive(Default)]
struct Scanned {
    includes: Vec<Include>,
    /// The files in the same folder that it includes, and whether behind definitions of its own.
    beside: Vec<(Box<str>, bool)>,
    digest: Option<Digest>,
    /// It is Rust that can have to do with RCU.
    binds: bool,
    /// What it panicked with.
    trouble: Option<String>,
}

/// The digests of inputs that are code, in the order of paths, each with the number of the input.
pub(crate) type Digests = Vec<(u32, Digest)>;

/// Finds what surrounds those of the inputs that `which` numbers, and has the loader read it. If
/// `digest` gives a version, makes a digest of each of them.
pub(crate) fn contexts(
    files: &dyn FileSystem,
    inputs: &[Input],
    which: &[usize],
    loader: &mut Loader<'_>,
    digest: Option<Version>,
) -> (Vec<Option<Context>>, Digests) {
    let chosen = || which.iter().map(|at| &inputs[*at]);
    let mut folders: Vec<&Path> = chosen().filter_map(|input| input.path.parent()).collect();
    folders.sort_unstable_by_key(|folder| folder.as_os_str());
    folders.dedup();
    // Inputs, and the files beside them, which may include them.
    let beside = folders.into_par_iter().flat_map_iter(|folder| {
        let mut names = files.list(folder);
        names.retain(|name| name.ends_with(".c") || name.ends_with(".h"));
        names.into_iter().map(move |name| folder.join(name))
    });
    let mut paths: Vec<PathBuf> = beside.collect();
    paths.extend(chosen().map(|input| input.path.clone()));
    paths.par_sort_unstable_by(|a, b| a.as_os_str().cmp(b.as_os_str()));
    paths.dedup();
    let numbers: FxHashMap<&std::ffi::OsStr, u32> =
        which.iter().rev().map(|at| (inputs[*at].path.as_os_str(), *at as u32)).collect();
    let number = |path: &Path| numbers.get(path.as_os_str()).copied().filter(|_| is_code(path));
    let mut scanned: Vec<Scanned> = paths
        .par_iter()
        .map(|path| {
            let digest = digest.filter(|_| number(path).is_some());
            contained(|| read(files, path, digest))
                .unwrap_or_else(|text| Scanned { trouble: Some(text), ..Scanned::default() })
        })
        .collect();
    for (path, scanned) in paths.iter().zip(&mut scanned) {
        loader.troubles.extend(scanned.trouble.take().map(|text| (path.clone(), text)));
    }
    let digests = paths
        .iter()
        .zip(&mut scanned)
        .filter_map(|(path, scanned)| Some((number(path)?, scanned.digest.take()?)))
        .collect();
    let places: FxHashMap<&std::ffi::OsStr, usize> =
        paths.iter().enumerate().map(|(at, path)| (path.as_os_str(), at)).collect();
    // For each file, those beside it that include it.
    let mut includers: BTreeMap<usize, Vec<(usize, bool)>> = BTreeMap::new();
    for (at, path) in paths.iter().enumerate() {
        let Some(folder) = path.parent() else { continue };
        for (name, late) in &scanned[at].beside {
            if let Some(included) = places.get(folder.join(&**name).as_os_str()) {
                includers.entry(*included).or_default().push((at, *late));
            }
        }
    }
    // Looking for files is the slow part, and independent.
    let around = |at: usize| includers.get(&at).into_iter().flatten().take(INCLUDERS);
    let mut wanted: Vec<usize> = Vec::new();
    let input_places: Vec<usize> = chosen().map(|input| places[input.path.as_os_str()]).collect();
    for at in &input_places {
        wanted.push(*at);
        wanted.extend(around(*at).map(|(includer, _)| *includer));
    }
    wanted.sort_unstable();
    wanted.dedup();
    let found: Vec<_> = {
        let loader = &*loader;
        wanted.par_iter().map(|at| loader.resolve(&paths[*at], &scanned[*at].includes)).collect()
    };
    let edges: FxHashMap<usize, Vec<Edge>> = wanted
        .iter()
        .zip(found)
        .map(|(at, found)| (*at, loader.edges(&scanned[*at].includes, found)))
        .collect();
    let mut contexts: Vec<Option<Context>> = inputs.iter().map(|_| None).collect();
    for (number, at) in which.iter().zip(input_places) {
        let mut context = Context { edges: edges[&at].clone(), ..Context::default() };
        context.edges.extend(loader.forced(&paths[at]));
        if scanned[at].binds {
            context.edges.extend(loader.bindings());
        }
        let unit = paths[at].extension().is_some_and(|e| e == "c");
        for (includer, late) in around(at) {
            if unit || *late {
                context.around.push(Edge::File(loader.id(paths[*includer].clone())));
            } else {
                context.around.extend(&edges[includer]);
            }
        }
        context.around.sort_unstable();
        context.around.dedup();
        contexts[*number] = Some(context);
    }
    loader.read();
    for (context, input) in contexts.iter_mut().zip(inputs) {
        if let Some(context) = context {
            context.id = loader.known(&input.path);
        }
    }
    (contexts, digests)
}

fn read(files: &dyn FileSystem, path: &Path, digest: Option<Version>) -> Scanned {
    let bytes = files.read(path).unwrap_or_default();
    if is_rust(path) {
        return Scanned { binds: rust::matters(&bytes), ..Scanned::default() };
    }
    let includes = includes(&bytes);
    let beside = includes
        .iter()
        .filter(|include| include.quoted && !include.path.contains('/'))
        .map(|include| (include.path.clone(), is_late(&bytes, &include.path)))
        .collect();
    let digest = digest.map(|version| Digest::of_file(&bytes, false, version).0);
    Scanned { includes, beside, digest, ..Scanned::default() }
}

/// Whether an include stands behind the first body in a file: what it brings is a part of the file
/// and may use what stands before it.
fn is_late(bytes: &[u8], included: &str) -> bool {
    let quoted = format!("\"{included}\"");
    let include = memchr::memmem::find_iter(bytes, quoted.as_bytes()).find(|at| {
        let line = memchr::memrchr(b'\n', &bytes[..*at]).map_or(0, |newline| newline + 1);
        bytes[line..*at].trim_ascii_start().starts_with(b"#")
    });
    let body = memchr::memmem::find(bytes, b"\n}");
    include.zip(body).is_some_and(|(include, body)| body < include)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::files::Memory;
    use crate::index::IncludePaths;

    #[test]
    fn an_include_behind_a_body_is_a_part() {
        let text = b"#include \"a.h\"\nstruct s {\n\tint x;\n};\n#include \"part.h\"\n";
        assert!(!is_late(text, "a.h"));
        assert!(is_late(text, "part.h"));
        assert!(!is_late(b"int x; /* \"part.h\" */\n", "part.h"));
    }

    #[test]
    fn a_part_sees_the_file_that_it_is_a_part_of() {
        let mut files = Memory::default();
        files.add("/k/d/whole.c", "#include \"types.h\"\nint f(void)\n{\n}\n#include \"part.h\"\n");
        files.add("/k/d/types.h", "struct t { int x; };\n");
        files.add("/k/d/part.h", "");
        files.add("/k/d/plain.c", "");
        let files: Arc<dyn FileSystem> = Arc::new(files);
        let input = |path: &str| Input { path: path.into(), shown: path.into() };
        let inputs = [input("/k/d/part.h"), input("/k/d/types.h"), input("/k/d/plain.c")];
        let paths = IncludePaths::new(Some("/k".into()), Vec::new(), &[], &[]);
        let shown = |path: &Path| path.to_string_lossy().into_owned();
        let mut loader = Loader::new(&files, &paths, &shown);
        let (found, _) = contexts(files.as_ref(), &inputs, &[0, 1, 2], &mut loader, None);
        let found: Vec<Context> = found.into_iter().flatten().collect();
        let whole = loader.known(Path::new("/k/d/whole.c")).expect("the includer is read");
        assert_eq!(found[0].around, [Edge::File(whole)]);
        let around = |id| found[1].around.contains(&Edge::File(id));
        let part = loader.known(Path::new("/k/d/part.h")).expect("it is included");
        assert!(around(part) && !around(whole), "a header in front brings only what is beside it");
        assert!(found[2].around.is_empty() && found[2].id.is_none());
    }
}

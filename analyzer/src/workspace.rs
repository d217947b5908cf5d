//! The analyzer's front door: a set of files to check, in a kernel tree or outside one.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::across::{Across, Digests, Others, Tables};
use crate::change::{Declared, declared};
use crate::evidence::{Given, Neighbours};
use crate::facts::{AnnotatedNames, FileCoverage, FileFacts, coverage, facts};
use crate::files::FileSystem;
use crate::index::{Build, Context, FileId, FileSet, IncludePaths, IndexedFile, Loader, contexts};
use crate::items::{FileItems, scan};
use crate::kernel::dotconfig::DotConfig;
use crate::kernel::version::Version;
use crate::modules::Modules;
use crate::rests;
use crate::rust::{self, RustTree, is_rust};
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

/// Which facts are asked for beyond those of types and annotations, and of what protects plain
/// accesses; all of them, if nothing else is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// How accessors are used.
    pub accessors: bool,
    /// What happens in reader sections.
    pub sections: bool,
    /// How lists are used that readers walk.
    pub lists: bool,
    /// How objects end that readers may see.
    pub lifetimes: bool,
    /// How pointers are used that nobody annotated.
    pub inferred: bool,
    /// What is done with annotated pointers, for whoever compares versions. Never by itself.
    pub dealings: bool,
}

impl Wanted {
    /// None of them.
    pub const NOTHING: Wanted = Wanted {
        accessors: false,
        sections: false,
        lists: false,
        lifetimes: false,
        inferred: false,
        dealings: false,
    };

    /// Whether any of them is.
    pub fn any(self) -> bool {
        self.accessors || self.sections || self.lists || self.lifetimes || self.inferred
    }
}

impl Default for Wanted {
    fn default() -> Wanted {
        Wanted {
            accessors: true,
            sections: true,
            lists: true,
            lifetimes: true,
            inferred: true,
            dealings: false,
        }
    }
}

/// How to read the inputs.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Top of the kernel tree whose headers the inputs use; absolute. `None`: no kernel tree.
    pub kernel_root: Option<PathBuf>,
    /// How reports name `kernel_root`, for declarations in headers outside the arguments.
    pub kernel_root_shown: String,
    /// The inputs are all files of the kernel tree: what none of them does, nobody does.
    pub whole: bool,
    /// What to state beyond that, which is most of the work.
    pub wanted: Wanted,
    /// The architectures that there are for the inputs; all of the tree, if none is named.
    pub arches: Vec<String>,
    /// Further folders for `#include`, as with `-I`; absolute.
    pub include_dirs: Vec<PathBuf>,
    /// What a build tells.
    pub build: Build,
    /// Have what the tokens of all files say kept ([`Workspace::take_digests`]).
    pub keep: bool,
}

/// A part of the inputs.
#[derive(Debug)]
pub struct Part {
    /// Their numbers, sorted.
    pub inputs: Vec<usize>,
    /// What is known of the functions of all inputs.
    pub tables: Arc<Tables>,
}

/// Which files lead to which through their includes, whatever the architecture.
#[derive(Debug)]
pub struct Includes<'w> {
    /// The files that were reached.
    pub files: Vec<&'w Path>,
    /// For each of them those that it includes, as places in `files`.
    pub of_files: Vec<Vec<u32>>,
    /// For each input those that lead to all that it sees; `None` if it cannot be worked on.
    pub of_inputs: Vec<Option<Vec<u32>>>,
}

/// The files to check, with the headers they use, ready to analyze.
pub struct Workspace {
    files: Arc<dyn FileSystem>,
    inputs: Vec<Input>,
    paths: IncludePaths,
    knowledge: Knowledge,
    names: AnnotatedNames,
    /// Of the inputs that can be worked on.
    contexts: Vec<Option<Context>>,
    across: Across,
    digests: Option<Digests>,
    neighbours: Neighbours,
    modules: Modules,
    rust: RustTree,
    /// Files by which the reading of them panicked, and with what.
    troubles: Vec<(String, String)>,
}

impl Workspace {
    /// Reads the `#include` lines of every input and scans the headers they reach (in parallel on
    /// the current rayon pool). Unreadable headers are as if absent; unreadable inputs are
    /// reported by [`Workspace::analyze`].
    pub fn load(files: Arc<dyn FileSystem>, inputs: Vec<Input>, options: Options) -> Workspace {
        Workspace::load_part(files, inputs, options, None)
    }

    /// The same of a part of the inputs: the others count for what is known of all, but cannot be
    /// worked on or looked into. `None`: all of them.
    pub fn load_part(
        files: Arc<dyn FileSystem>,
        inputs: Vec<Input>,
        options: Options,
        part: Option<Part>,
    ) -> Workspace {
        let mut arches = match &options.kernel_root {
            Some(root) => files.folders(&root.join("arch")),
            None => Vec::new(),
        };
        arches.retain(|arch| options.arches.is_empty() || options.arches.contains(arch));
        let input_paths: Vec<&Path> = inputs.iter().map(|input| input.path.as_path()).collect();
        let paths = IncludePaths::new(
            options.kernel_root.clone(),
            options.include_dirs.clone(),
            &arches,
            &input_paths,
        )
        .with_build(options.build);
        let shown_inputs: FxHashMap<&OsStr, &str> =
            inputs.iter().map(|input| (input.path.as_os_str(), input.shown.as_str())).collect();
        let shown = |path: &Path| -> String {
            if let Some(shown) = shown_inputs.get(path.as_os_str()) {
                return (*shown).to_owned();
            }
            let below = options.kernel_root.as_ref().and_then(|root| path.strip_prefix(root).ok());
            let named = below.map(|below| Path::new(&options.kernel_root_shown).join(below));
            named.as_deref().unwrap_or(path).to_string_lossy().into_owned()
        };
        let mut loader = Loader::new(&files, &paths, &shown);
        let root = options.kernel_root.as_ref();
        let version = root.map_or(Version::LATEST, |root| Version::of_tree(files.as_ref(), root));
        // One file by itself is read with what it includes and no more.
        let digest = Some(version).filter(|_| inputs.len() > 1 && part.is_none());
        loader.digest(digest);
        let all: Vec<usize> = (0..inputs.len()).collect();
        let (which, tables) = match part {
            Some(part) => (part.inputs, Some(part.tables)),
            None => (all, None),
        };
        let (contexts, code) = contexts(files.as_ref(), &inputs, &which, &mut loader, digest);
        let (tables, digests) = match tables {
            Some(tables) => (tables, None),
            None => {
                let digests = Digests::new(loader.digests(), code);
                let tables = digests.tables(options.whole);
                let kept = options.keep.then(|| digests.without_others(&tables));
                (Arc::new(tables), kept)
            }
        };
        let across = Across::from(tables);
        // A file may be read for several reasons.
        let troubles: BTreeMap<String, String> =
            loader.troubles.drain(..).map(|(path, text)| (shown(&path), text)).collect();
        let mut knowledge = Knowledge::new(loader.finish(), version);
        knowledge.wanted = options.wanted;
        let names = AnnotatedNames::of_index(&knowledge);
        let neighbours = Neighbours::new(files.clone());
        let rust = which.iter().any(|at| is_rust(&inputs[*at].path)).then(|| {
            let paths = inputs.iter().map(|input| input.path.as_path());
            let root = options.kernel_root.as_deref();
            RustTree::load(files.as_ref(), root, paths.filter(|path| is_rust(path)))
        });
        let rust = rust.unwrap_or_default();
        let modules = Modules::new(files.clone(), options.kernel_root, options.kernel_root_shown);
        Workspace {
            files,
            inputs,
            paths,
            knowledge,
            names,
            contexts,
            across,
            digests,
            neighbours,
            modules,
            rust,
            troubles: troubles.into_iter().collect(),
        }
    }

    /// The files, as reports name them, that could not be read because of a panic, with what it said:
    /// they are as if empty.
    pub fn troubles(&self) -> &[(String, String)] {
        &self.troubles
    }

    /// The files to check, in the order given.
    pub fn inputs(&self) -> &[Input] {
        &self.inputs
    }

    /// The inputs that are among `paths` or see one of them through includes: what is stated about
    /// the others says nothing of what stands there.
    pub fn seeing(&self, paths: &BTreeSet<PathBuf>) -> Vec<usize> {
        let files = self.knowledge.index.files();
        let ids: Vec<FileId> =
            files.filter(|(_, file)| paths.contains(&file.path)).map(|(id, _)| id).collect();
        let sees = |index: &usize| {
            let path = &self.inputs[*index].path;
            let Some(context) = &self.contexts[*index] else { return false };
            let visible = self.visible(context, path);
            paths.contains(path) || ids.iter().any(|id| visible.contains(*id))
        };
        (0..self.inputs.len()).into_par_iter().filter(sees).collect()
    }

    /// What is known of the functions of all inputs.
    pub fn tables(&self) -> &Arc<Tables> {
        self.across.tables()
    }

    /// What the files gave that were looked at beside others.
    pub fn given(&self) -> Given {
        self.neighbours.prints()
    }

    /// What the tokens of all files say, if it was to be kept.
    pub fn take_digests(&mut self) -> Option<Digests> {
        self.digests.take()
    }

    /// Which files lead to which through their includes.
    pub fn includes(&self) -> Includes<'_> {
        let index = &self.knowledge.index;
        let edges = |context: &Context| {
            let edges = context.edges.iter().chain(&context.around);
            let mut to = index.targets(edges);
            to.extend(index.forced());
            to
        };
        Includes {
            files: index.files().map(|(_, file)| file.path.as_path()).collect(),
            of_files: index.files().map(|(id, _)| index.targets(index.edges_of(id))).collect(),
            of_inputs: self.contexts.iter().map(|one| one.as_ref().map(edges)).collect(),
        }
    }

    /// Whether a configuration leaves input `index` out of the kernel, as its Kbuild files tell.
    pub fn is_left_out(&self, index: usize, config: &DotConfig) -> bool {
        self.modules.is_left_out(&self.inputs[index].path, config)
    }

    /// What is known about input `index`. Independent of other calls: callers run it in parallel.
    ///
    /// # Errors
    /// The input could not be read.
    pub fn analyze(&self, index: usize) -> std::io::Result<FileFacts> {
        if is_rust(&self.inputs[index].path) {
            return rust::with_room(|| {
                Ok(rust::facts(&self.unit(index)?, &self.names, &self.rust))
            });
        }
        Ok(facts(&self.unit(index)?, &self.names, &self.neighbours, &self.modules))
    }

    /// What input `index` declares.
    ///
    /// # Errors
    /// The input could not be read.
    pub fn declared(&self, index: usize) -> std::io::Result<Vec<Declared>> {
        Ok(declared(&self.unit(index)?))
    }

    /// How much of input `index` is understood.
    ///
    /// # Errors
    /// The input could not be read.
    pub fn coverage(&self, index: usize) -> std::io::Result<FileCoverage> {
        Ok(coverage(&self.unit(index)?, &self.names))
    }

    pub(crate) fn unit(&self, index: usize) -> std::io::Result<Unit<'_>> {
        let input = &self.inputs[index];
        let context = self.contexts[index].as_ref();
        let context = context.ok_or(std::io::ErrorKind::Unsupported)?;
        let bytes = self.files.read(&input.path)?;
        let items: Arc<FileItems> = match context.id {
            Some(id) => self.knowledge.index.file(id).items.clone(),
            // Rust has no items of C, and sees C through its bindings.
            None if is_rust(&input.path) => Arc::new(FileItems::default()),
            None => Arc::new(scan(&bytes)),
        };
        let file =
            IndexedFile::new(self.files.clone(), input.path.clone(), input.shown.clone(), items)
                .with_source(Arc::new(SourceFile::new(bytes)));
        let visible = self.visible(context, &input.path);
        Ok(Unit::new(&self.knowledge, Arc::new(file), context.id, visible).with_others(self))
    }

    fn visible(&self, context: &Context, path: &Path) -> FileSet {
        let arch = self.paths.arch_of(path);
        let mut visible = self.knowledge.index.closure_of(&context.edges, arch);
        visible.extend(&self.knowledge.index.closure_of(&context.around, arch));
        visible
    }
}

impl Others for Workspace {
    fn across(&self) -> &Across {
        &self.across
    }

    fn unit_of(&self, input: u32) -> Option<Unit<'_>> {
        rests::on_input(input);
        self.unit(input as usize).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::Memory;

    #[test]
    fn the_kernel_states_its_version() {
        let load = |root: Option<&str>| {
            let mut files = Memory::default();
            files.add("/linux/Makefile", "VERSION = 6\nPATCHLEVEL = 1\n");
            let kernel_root = root.map(PathBuf::from);
            let options = Options { kernel_root, ..Options::default() };
            Workspace::load(Arc::new(files), Vec::new(), options).knowledge.version
        };
        assert_eq!(load(Some("/linux")), Version(6, 1));
        assert_eq!(load(Some("/other")), Version::LATEST);
        assert_eq!(load(None), Version::LATEST);
    }

    /// Whoever reads some files of it panics.
    struct Fragile(Memory);

    impl FileSystem for Fragile {
        fn read(&self, path: &Path) -> std::io::Result<Vec<u8>> {
            assert!(!path.ends_with("bad.h") && !path.ends_with("bad.c"), "dropped");
            self.0.read(path)
        }

        fn is_file(&self, path: &Path) -> bool {
            self.0.is_file(path)
        }

        fn list(&self, folder: &Path) -> Vec<String> {
            self.0.list(folder)
        }

        fn folders(&self, folder: &Path) -> Vec<String> {
            self.0.folders(folder)
        }
    }

    #[test]
    fn a_panic_costs_the_file_it_is_in() {
        let code = "#include \"bad.h\"\nstruct s { int __rcu *p; };\n\
             int f(struct s *s)\n{\n\treturn *s->p;\n}\n";
        let mut files = Memory::default();
        for path in ["/a.c", "/b.c", "/bad.c", "/bad.h"] {
            files.add(path, code);
        }
        let input = |path: &str| Input { path: path.into(), shown: path[1..].into() };
        let inputs = ["/a.c", "/b.c", "/bad.c"].map(input).to_vec();
        let workspace = Workspace::load(Arc::new(Fragile(files)), inputs, Options::default());
        let told: Vec<&str> = workspace.troubles().iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(told, ["/bad.h", "bad.c"]);
        assert!(workspace.troubles().iter().all(|(_, text)| text == "dropped"));
        for index in [0, 1] {
            assert_eq!(workspace.analyze(index).unwrap().accesses.len(), 1);
        }
    }

    #[test]
    fn a_member_macro_that_names_itself_is_survived() {
        let mut files = Memory::default();
        files.add(
            "/t.c",
            "#define AGAIN(type, name) AGAIN(type, name)\n\
             struct shape { AGAIN(struct shape __rcu *, other) };\n",
        );
        let inputs = vec![Input { path: "/t.c".into(), shown: "t.c".into() }];
        let workspace = Workspace::load(Arc::new(files), inputs, Options::default());
        assert!(workspace.analyze(0).unwrap().accesses.is_empty());
    }
}

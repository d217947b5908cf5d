//! Following the includes of the inputs until nothing new turns up.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::across::Digest;
use crate::contained::contained;
use crate::files::FileSystem;
use crate::index::resolve::{Found, Resolver, Target};
use crate::index::{Edge, FileId, IncludePaths, Index, IndexedFile, Place};
use crate::items::{FileItems, Include, scan};
use crate::kernel::version::Version;

/// Builds an index from the files that inputs include.
pub(crate) struct Loader<'a> {
    files: Arc<dyn FileSystem>,
    resolver: Resolver<'a>,
    shown: &'a (dyn Fn(&Path) -> String + Sync),
    index: Index,
    ids: FxHashMap<OsString, FileId>,
    paths: Vec<PathBuf>,
    global: FxHashMap<Box<str>, Edge>,
    slots: Vec<Vec<Option<FileId>>>,
    /// Files that are known but not read yet.
    pending: Vec<FileId>,
    /// Digests of the files that were read, where they are wanted.
    digests: Vec<(FileId, Digest)>,
    digest: Option<Version>,
    /// The files that could not be read because of a panic, and what it said.
    pub troubles: Vec<(PathBuf, String)>,
}

/// Headers that kbuild has the compiler include first (`scripts/Makefile.lib`, `LINUXINCLUDE`).
const FORCED: [&str; 3] = [
    "include/linux/compiler-version.h",
    "include/linux/kconfig.h",
    "include/linux/compiler_types.h",
];

/// What the bindings of Rust are made of: the headers that bindgen reads, and the helpers that make
/// functions of macros (rust/Makefile; `helpers.c` was one file up to 6.11).
const BINDINGS: [&str; 4] = [
    "rust/bindings/bindings_helper.h",
    "rust/uapi/uapi_helper.h",
    "rust/helpers/helpers.c",
    "rust/helpers.c",
];

/// Whether a file is one that others call by its functions rather than include.
pub(crate) fn is_code(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "c")
}

impl<'a> Loader<'a> {
    pub fn new(
        files: &'a Arc<dyn FileSystem>,
        paths: &'a IncludePaths,
        shown: &'a (dyn Fn(&Path) -> String + Sync),
    ) -> Loader<'a> {
        let mut loader = Loader {
            files: files.clone(),
            resolver: Resolver::new(files.as_ref(), paths),
            shown,
            index: Index::default(),
            ids: FxHashMap::default(),
            paths: Vec::new(),
            global: FxHashMap::default(),
            slots: Vec::new(),
            pending: Vec::new(),
            digests: Vec::new(),
            digest: None,
            troubles: Vec::new(),
        };
        if let Some(root) = &paths.root {
            for name in FORCED {
                let path = root.join(name);
                if files.is_file(&path) {
                    let id = loader.id(path);
                    loader.index.forced.push(id);
                }
            }
        }
        loader
    }

    /// Has digests made of what is read from now on, code apart, for a kernel of this version.
    pub fn digest(&mut self, version: Option<Version>) {
        self.digest = version;
    }

    /// The digests, in the order of paths.
    pub fn digests(&mut self) -> Vec<(PathBuf, Digest)> {
        self.read();
        let mut found = std::mem::take(&mut self.digests);
        found.sort_by(|(a, _), (b, _)| {
            let path = |id: &FileId| self.paths[*id as usize].as_os_str();
            path(a).cmp(path(b))
        });
        let path = |id: FileId| self.paths[id as usize].clone();
        found.into_iter().map(|(id, digest)| (path(id), digest)).collect()
    }

    /// The id of a file, which will be read if it has not been.
    pub fn id(&mut self, path: PathBuf) -> FileId {
        if let Some(id) = self.ids.get(path.as_os_str()) {
            return *id;
        }
        let id = self.paths.len() as FileId;
        self.ids.insert(path.clone().into_os_string(), id);
        self.paths.push(path);
        self.pending.push(id);
        id
    }

    /// What a build has the compiler read before an input.
    pub fn forced(&mut self, input: &Path) -> Vec<Edge> {
        let forced = self.resolver.paths.build.forced.get(input);
        forced.into_iter().flatten().map(|path| Edge::File(self.id(path.clone()))).collect()
    }

    /// What the bindings that Rust sees are made of.
    pub fn bindings(&mut self) -> Vec<Edge> {
        let Some(root) = &self.resolver.paths.root else { return Vec::new() };
        let paths = BINDINGS.iter().map(|name| root.join(name));
        let paths: Vec<PathBuf> = paths.filter(|path| self.files.is_file(path)).collect();
        paths.into_iter().map(|path| Edge::File(self.id(path))).collect()
    }

    /// The id of a file that is already known.
    pub fn known(&self, path: &Path) -> Option<FileId> {
        self.ids.get(path.as_os_str()).copied()
    }

    /// Looks for what the includes of a file at `path` lead to; [`Loader::edges`] takes the answer.
    pub fn resolve(&self, path: &Path, includes: &[Include]) -> Vec<Option<Found>> {
        self.resolver.resolve(path.parent().unwrap_or(Path::new("")), includes)
    }

    /// The edges for what was found; the files are read by [`Loader::read`].
    pub fn edges(&mut self, includes: &[Include], found: Vec<Option<Found>>) -> Vec<Edge> {
        let mut edges = Vec::with_capacity(includes.len());
        for (include, found) in includes.iter().zip(found) {
            edges.extend(match found {
                Some(Found::Own(path)) => Some(Edge::File(self.id(path))),
                Some(Found::Global(target)) => Some(self.global(&include.path, &target)),
                None => None,
            });
        }
        edges.sort_unstable();
        edges.dedup();
        edges.shrink_to_fit();
        edges
    }

    fn global(&mut self, include: &str, target: &Target) -> Edge {
        if let Some(known) = self.global.get(include) {
            return *known;
        }
        let edge = match target {
            Target::File(path) => Edge::File(self.id(path.clone())),
            Target::Arch(paths) => {
                let ids = paths.iter().map(|path| path.clone().map(|path| self.id(path))).collect();
                self.slots.push(ids);
                Edge::Arch(self.slots.len() as u32 - 1)
            }
        };
        self.global.insert(include.into(), edge);
        edge
    }

    /// Reads and scans every file that became known, and what they include, and so on.
    pub fn read(&mut self) {
        while !self.pending.is_empty() {
            let round = std::mem::take(&mut self.pending);
            let (paths, files, shown) = (&self.paths, &self.files, self.shown);
            let resolver = &self.resolver;
            let digest = self.digest;
            let scanned: Vec<_> = round
                .into_par_iter()
                .map(|id| {
                    let path = paths[id as usize].clone();
                    let version = digest.filter(|_| !is_code(&path));
                    let read = contained(|| {
                        let bytes = files.read(&path).unwrap_or_default();
                        match version {
                            Some(version) => {
                                let (digest, items) = Digest::of_file(&bytes, true, version);
                                (Some(digest), items)
                            }
                            None => (None, scan(&bytes)),
                        }
                    });
                    let trouble = read.as_ref().err().cloned();
                    let (digest, mut items) = read.unwrap_or_default();
                    items.items.shrink_to_fit();
                    items.names.shrink_to_fit();
                    let folder = path.parent().unwrap_or(Path::new(""));
                    let found = resolver.resolve(folder, &items.includes);
                    let shown = shown(&path);
                    let file = IndexedFile::new(files.clone(), path, shown, items);
                    (id, file, found, digest, trouble)
                })
                .collect();
            for (id, file, found, digest, trouble) in scanned {
                self.troubles.extend(trouble.map(|text| (file.path.clone(), text)));
                self.digests.extend(digest.map(|digest| (id, digest)));
                debug_assert_eq!(id as usize, self.index.files.len());
                let edges = self.edges(&file.items.includes, found);
                self.add_names(id, &file.items);
                self.index.edges.push(edges);
                self.index.files.push(Arc::new(file));
            }
        }
    }

    fn add_names(&mut self, file: FileId, items: &FileItems) {
        let names = items.names.iter().map(|name| (name.key, Place { file, item: name.item }));
        self.index.names.extend(names);
    }

    /// The finished index.
    pub fn finish(mut self) -> Index {
        self.read();
        let arches = self.resolver.paths.arches().count();
        self.index.arch_edges =
            (0..arches).map(|arch| self.slots.iter().map(|ids| ids[arch]).collect()).collect();
        self.index.closures = (0..arches)
            .map(|_| self.index.files.iter().map(|_| OnceLock::new()).collect())
            .collect();
        let paths = self.resolver.paths;
        self.index.arches = self.index.files.iter().map(|f| paths.arch_of(&f.path)).collect();
        self.index.sort_names();
        self.index
    }
}

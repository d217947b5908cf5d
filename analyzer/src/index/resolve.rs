//! From an `#include` line to a file, with the include paths of a kernel tree
//! (`LINUXINCLUDE` in the top Makefile, `-I` in the makefiles above a file).
//!
//! Every rule looks only at the tree around the file, never at what else is checked.

use std::path::{Path, PathBuf};
use std::sync::{Arc, RwLock};

use rustc_hash::FxHashMap;

use crate::files::FileSystem;
use crate::index::listing::{Listings, Names, normal};
use crate::index::makefile::Makefile;
use crate::index::paths::{IncludePaths, PREFERRED};
use crate::items::Include;

/// Where an include leads, as paths.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    File(PathBuf),
    /// One path an architecture of the inputs, where it has one.
    Arch(Vec<Option<PathBuf>>),
}

/// Where an include leads.
#[derive(Clone, Debug)]
pub(crate) enum Found {
    /// Where the same text leads in every file.
    Global(Arc<Target>),
    /// Where it leads in this file.
    Own(PathBuf),
}

/// For a folder and the text of an include, what it finds around the folder.
type Nearby = FxHashMap<(PathBuf, Box<str>), Option<PathBuf>>;

/// Resolves includes, remembering what it found.
pub(crate) struct Resolver<'a> {
    pub paths: &'a IncludePaths,
    listings: Listings<'a>,
    global: RwLock<FxHashMap<Box<str>, Option<Arc<Target>>>>,
    makefiles: RwLock<FxHashMap<PathBuf, Arc<Makefile>>>,
    through: RwLock<Nearby>,
}

impl<'a> Resolver<'a> {
    pub fn new(files: &'a dyn FileSystem, paths: &'a IncludePaths) -> Resolver<'a> {
        Resolver {
            paths,
            listings: Listings::new(files),
            global: RwLock::default(),
            makefiles: RwLock::default(),
            through: RwLock::default(),
        }
    }

    /// Where the includes of a file in `folder` lead, in their order; `None` where nowhere.
    pub fn resolve(&self, folder: &Path, includes: &[Include]) -> Vec<Option<Found>> {
        let names = self.listings.names(folder);
        includes
            .iter()
            .map(|include| {
                self.beside(include, folder, &names)
                    .map(Found::Own)
                    .or_else(|| self.global(&include.path).map(Found::Global))
                    .or_else(|| self.nearby(&include.path, folder).map(Found::Own))
            })
            .collect()
    }

    /// What a quoted include finds beside the file that includes it.
    fn beside(&self, include: &Include, folder: &Path, names: &Names) -> Option<PathBuf> {
        if !include.quoted {
            return None;
        }
        if !include.path.contains('/') {
            return names.contains(&include.path).then(|| folder.join(&*include.path));
        }
        self.listings.find(folder, &include.path)
    }

    /// What an include finds on the tree's search path, whatever file it stands in.
    pub fn global(&self, include: &str) -> Option<Arc<Target>> {
        if let Some(known) = self.global.read().expect("no panic while locked").get(include) {
            return known.clone();
        }
        let found = self.search(include).map(Arc::new);
        let mut global = self.global.write().expect("no panic while locked");
        global.entry(include.into()).or_insert(found).clone()
    }

    fn search(&self, include: &str) -> Option<Target> {
        let find = |dir: PathBuf| self.listings.find(&dir, include);
        if let Some(path) = self.paths.dirs.iter().cloned().find_map(find) {
            return Some(Target::File(path));
        }
        let Some(root) = &self.paths.root else {
            return self.generated(include).map(Target::File);
        };
        if !include.starts_with("asm/") {
            let found = ["include", "include/uapi"].iter().find_map(|dir| find(root.join(dir)));
            if let Some(path) = found {
                return Some(Target::File(path));
            }
        }
        let generic = include.strip_prefix("asm/").and_then(|rest| {
            ["include/asm-generic", "include/uapi/asm-generic"]
                .iter()
                .find_map(|dir| self.listings.find(&root.join(dir), rest))
        });
        let of = |arch: &str| self.paths.arch_dirs(root, arch).into_iter().find_map(find);
        let generic = generic.or_else(|| self.generated(include));
        let mut found: Vec<Option<PathBuf>> =
            self.paths.arches().map(|arch| of(arch).or_else(|| generic.clone())).collect();
        if found.iter().any(Option::is_none) {
            // A driver for one architecture may include headers that only it has.
            let all = self.paths.known_arches();
            let preferred = PREFERRED.iter().copied().filter(|name| all.iter().any(|a| a == name));
            let other = preferred.chain(all.iter().map(String::as_str)).find_map(of);
            let other = other.or_else(|| self.machine(root, include));
            for path in &mut found {
                *path = path.take().or_else(|| other.clone());
            }
        }
        found.iter().any(Option::is_some).then_some(Target::Arch(found))
    }

    /// A header that a build in another folder made.
    fn generated(&self, include: &str) -> Option<PathBuf> {
        self.paths.build.dirs.iter().find_map(|dir| self.listings.find(dir, include))
    }

    /// A header that only one machine of an architecture has.
    fn machine(&self, root: &Path, include: &str) -> Option<PathBuf> {
        let named = |path: &&PathBuf| {
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or("");
            name.starts_with("mach-") || name.starts_with("plat-")
        };
        let mips = self.listings.folders(&root.join("arch/mips/include/asm"));
        let arm = self.listings.folders(&root.join("arch/arm"));
        let arm = arm.iter().filter(named).map(|path| path.join("include"));
        let mut found = mips
            .iter()
            .filter(named)
            .cloned()
            .chain(arm)
            .filter_map(|dir| self.listings.find(&dir, include));
        let only = found.next()?;
        found.next().is_none().then_some(only)
    }

    /// The folder at which modules outside a kernel tree start: the highest above `folder` with a
    /// makefile in each between.
    fn module_top<'p>(&self, folder: &'p Path) -> &'p Path {
        let builds = |at: &&Path| {
            let names = self.listings.names(at);
            names.contains("Kbuild") || names.contains("Makefile")
        };
        folder.ancestors().take_while(builds).last().unwrap_or(folder)
    }

    fn makefile(&self, top: &Path, folder: &Path) -> Arc<Makefile> {
        if let Some(known) = self.makefiles.read().expect("no panic while locked").get(folder) {
            return known.clone();
        }
        let kernel = self.paths.root.as_deref();
        let read = Makefile::read(&self.listings, kernel, top, folder);
        let mut makefiles = self.makefiles.write().expect("no panic while locked");
        makefiles.entry(folder.to_owned()).or_insert(read).clone()
    }

    /// What an include finds through the makefiles of the folder and above it, and in the folders
    /// around it.
    pub fn nearby(&self, include: &str, folder: &Path) -> Option<PathBuf> {
        let key = (folder.to_owned(), include.into());
        if let Some(known) = self.through.read().expect("no panic while locked").get(&key) {
            return known.clone();
        }
        let found = self.search_nearby(include, folder);
        self.through.write().expect("no panic while locked").insert(key, found.clone());
        found
    }

    fn search_nearby(&self, include: &str, folder: &Path) -> Option<PathBuf> {
        let find = |dir: &PathBuf| self.listings.find(dir, include);
        let built = self.paths.build.folders.get(folder);
        if let Some(path) = built.and_then(|dirs| dirs.iter().find_map(find)) {
            return Some(path);
        }
        let root = self.paths.root.as_deref().filter(|root| folder.starts_with(root));
        let (top, above): (&Path, Vec<&Path>) = match root {
            Some(root) => (root, folder.ancestors().take_while(|at| *at != root).collect()),
            None => {
                let top = self.module_top(folder);
                (top, folder.ancestors().take_while(|at| at.starts_with(top)).collect())
            }
        };
        let flags = |at: &&Path| self.makefile(top, at).dirs.iter().find_map(find);
        if let Some(path) = above.iter().find_map(flags) {
            return Some(path);
        }
        // A folder above may be on the path by a flag that no makefile spells out.
        let included = |at: &&Path| find(&at.to_path_buf()).or_else(|| find(&at.join("include")));
        if let Some(path) = above.iter().find_map(included) {
            return Some(path);
        }
        if include.starts_with("generated/") || include.starts_with("asm/") {
            return None;
        }
        // The folders at the top hold what has nothing to do with each other.
        let below_top = above.len().saturating_sub(2);
        let built_by = |at: &&Path| {
            let beside = self.listings.folders(at.parent()?);
            beside.iter().find_map(|other| {
                let makefile = self.makefile(top, other);
                let ours = makefile.included.iter().any(|path| path == at);
                ours.then(|| makefile.dirs.iter().find_map(find)).flatten()
            })
        };
        if let Some(path) = above[..below_top].iter().find_map(built_by) {
            return Some(path);
        }
        // One folder beside it, or beside one above, that has such a header.
        let beside = |at: &&Path| {
            let all = self.listings.folders(at);
            let found: Vec<PathBuf> = all
                .iter()
                .filter_map(|dir| find(dir).or_else(|| find(&dir.join("include"))))
                .collect();
            (!found.is_empty()).then_some(found)
        };
        let mut found = above[..above.len().saturating_sub(1)].iter().find_map(beside)?;
        (found.len() == 1).then(|| normal(&found.remove(0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::Memory;
    use crate::index::Build;

    fn nearby(
        files: &[&str],
        texts: &[(&str, &str)],
        folder: &str,
        include: &str,
    ) -> Option<String> {
        let mut memory = Memory::default();
        for path in files {
            memory.add(*path, "");
        }
        for (path, text) in texts {
            memory.add(*path, *text);
        }
        let paths = IncludePaths::new(Some("/k".into()), Vec::new(), &[], &[]);
        let resolver = Resolver::new(&memory, &paths);
        let found = resolver.nearby(include, Path::new(folder))?;
        Some(found.to_string_lossy().into_owned())
    }

    #[test]
    fn asm_headers_depend_on_the_architecture() {
        let mut files = Memory::default();
        files.add("/k/arch/arm/include/asm/a.h", "");
        files.add("/k/include/asm-generic/b.h", "");
        let arches = ["arm".to_owned(), "x86".to_owned()];
        let inputs = [Path::new("/k/arch/arm/a.c"), Path::new("/k/fs/b.c")];
        let paths = IncludePaths::new(Some("/k".into()), Vec::new(), &arches, &inputs);
        let resolver = Resolver::new(&files, &paths);
        let global = |include| resolver.global(include).map(|target| (*target).clone());
        let arm = Some(PathBuf::from("/k/arch/arm/include/asm/a.h"));
        assert_eq!(global("asm/a.h"), Some(Target::Arch(vec![arm.clone(), arm])));
        let generic = Some(PathBuf::from("/k/include/asm-generic/b.h"));
        let both = Target::Arch(vec![generic.clone(), generic]);
        assert_eq!(global("asm/b.h"), Some(both));
        assert_eq!(global("asm/c.h"), None);
    }

    #[test]
    fn a_machines_header_is_found_if_no_other_has_it() {
        let mut files = Memory::default();
        files.add("/k/arch/mips/include/asm/mach-a/one.h", "");
        files.add("/k/arch/mips/include/asm/mach-a/two.h", "");
        files.add("/k/arch/mips/include/asm/mach-b/two.h", "");
        files.add("/k/arch/arm/plat-c/include/plat/three.h", "");
        let arches = ["mips".to_owned(), "x86".to_owned()];
        let paths = IncludePaths::new(Some("/k".into()), Vec::new(), &arches, &[]);
        let resolver = Resolver::new(&files, &paths);
        assert!(resolver.global("one.h").is_some());
        assert!(resolver.global("two.h").is_none());
        assert!(resolver.global("plat/three.h").is_some());
    }

    #[test]
    fn the_makefile_that_includes_ours_sets_our_flags() {
        let texts = [
            (
                "/k/d/v/core/Makefile",
                "include $(src)/../part/Makefile\nccflags-y := -I$(src)/inc\n",
            ),
            ("/k/d/v/part/Makefile", ""),
            ("/k/d/v/core/inc/x.h", ""),
        ];
        let found = nearby(&["/k/d/v/more/x.h"], &texts, "/k/d/v/part/deep", "x.h");
        assert_eq!(found.as_deref(), Some("/k/d/v/core/inc/x.h"));
    }

    #[test]
    fn a_build_tells_folders() {
        let mut files = Memory::default();
        for path in ["/b/include/generated/g.h", "/k/d/inc/x.h", "/k/e/x.h"] {
            files.add(path, "");
        }
        let build = Build {
            dirs: vec!["/b/include".into()],
            folders: [("/k/d/a".into(), vec!["/k/d/inc".into()])].into(),
            ..Build::default()
        };
        let paths = IncludePaths::new(Some("/k".into()), Vec::new(), &[], &[]).with_build(build);
        let resolver = Resolver::new(&files, &paths);
        let nearby = |folder: &str| resolver.nearby("x.h", Path::new(folder));
        assert_eq!(nearby("/k/d/a"), Some(PathBuf::from("/k/d/inc/x.h")));
        assert_eq!(nearby("/k/f"), None);
        let generated = resolver.global("generated/g.h").map(|target| (*target).clone());
        let expected = Some(PathBuf::from("/b/include/generated/g.h"));
        assert_eq!(generated, Some(Target::Arch(vec![expected])));
    }

    #[test]
    fn one_folder_nearby_has_the_header() {
        let files = ["/k/d/v/a/x.h", "/k/d/v/a/y.h", "/k/d/v/b/y.h", "/k/d/v/c/z.c", "/k/d/z.h"];
        let found = |include| nearby(&files, &[], "/k/d/v/c", include);
        assert_eq!(found("x.h").as_deref(), Some("/k/d/v/a/x.h"));
        assert_eq!(found("y.h"), None, "two folders have one");
        assert_eq!(found("z.h").as_deref(), Some("/k/d/z.h"), "a folder above");
    }
}

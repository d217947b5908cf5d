//! From an `#include` line to a file, with the include paths of a kernel tree
//! (`LINUXINCLUDE` in the top Makefile, `-I` in the makefiles above a file).

use std::path::{Component, Path, PathBuf};

use rustc_hash::FxHashMap;

use crate::files::FileSystem;
use crate::index::FileId;
use crate::items::Include;

/// An architecture of the kernel tree, by its place in the sorted list of `arch/*`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Arch(u8);

impl Arch {
    /// The architecture at a place in the list.
    pub(crate) fn at(index: usize) -> Arch {
        Arch(index as u8)
    }

    /// Its place in the list of architectures.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// Where an include leads: the same file everywhere, or one that depends on the architecture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Edge {
    File(FileId),
    Arch(u32),
}

/// Where headers are looked for.
#[derive(Clone, Debug, Default)]
pub struct IncludePaths {
    /// Top of the kernel tree.
    pub root: Option<PathBuf>,
    /// `-I` folders, before those of the tree.
    pub dirs: Vec<PathBuf>,
    arches: Vec<String>,
}

/// Architectures to look at first for a header that the wanted one does not have.
const PREFERRED: [&str; 7] = ["x86", "arm64", "arm", "powerpc", "s390", "riscv", "mips"];

impl IncludePaths {
    /// Reads the list of architectures of the tree, if there is one.
    pub fn new(root: Option<PathBuf>, dirs: Vec<PathBuf>, subfolders: &[String]) -> IncludePaths {
        let mut arches: Vec<String> = subfolders.to_vec();
        arches.sort();
        if arches.is_empty() {
            arches.push("x86".to_owned());
        }
        IncludePaths { root, dirs, arches }
    }

    /// How many architectures there are; at least one.
    pub fn arch_count(&self) -> usize {
        self.arches.len()
    }

    /// The architecture that a file is written for: `arch/NAME/`, else the default one.
    pub fn arch_of(&self, path: &Path) -> Arch {
        let named = self
            .root
            .as_ref()
            .and_then(|root| path.strip_prefix(root.join("arch")).ok())
            .and_then(|below| below.components().next())
            .and_then(|first| first.as_os_str().to_str());
        let wanted = named.unwrap_or(PREFERRED[0]);
        let at = self.arches.iter().position(|arch| arch == wanted);
        Arch(at.or_else(|| self.arches.iter().position(|a| a == PREFERRED[0])).unwrap_or(0) as u8)
    }

    /// Folders that hold architecture `arch`'s own headers, in order.
    fn arch_dirs(&self, root: &Path, arch: &str) -> Vec<PathBuf> {
        let base = root.join("arch").join(arch);
        let mut dirs = vec![base.join("include"), base.join("include/uapi")];
        match arch {
            "mips" => dirs.push(base.join("include/asm/mach-generic")),
            "um" => {
                dirs.push(base.join("include/shared"));
                dirs.push(root.join("arch/x86/um"));
                dirs.push(root.join("arch/x86/include"));
            }
            _ => {}
        }
        dirs
    }
}

/// Resolves includes, remembering what it found.
pub(crate) struct Resolver<'a> {
    pub files: &'a dyn FileSystem,
    pub paths: &'a IncludePaths,
    exists: FxHashMap<PathBuf, bool>,
    extra: FxHashMap<PathBuf, Vec<PathBuf>>,
}

/// Where an include leads, as paths.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    File(PathBuf),
    /// One path an architecture, where it has one.
    Arch(Vec<Option<PathBuf>>),
}

impl<'a> Resolver<'a> {
    pub fn new(files: &'a dyn FileSystem, paths: &'a IncludePaths) -> Resolver<'a> {
        Resolver { files, paths, exists: FxHashMap::default(), extra: FxHashMap::default() }
    }

    fn is_file(&mut self, path: &Path) -> bool {
        if let Some(known) = self.exists.get(path) {
            return *known;
        }
        let found = self.files.is_file(path);
        self.exists.insert(path.to_owned(), found);
        found
    }

    /// What a quoted include finds beside the file that includes it.
    pub fn beside(&mut self, include: &Include, folder: &Path) -> Option<PathBuf> {
        if !include.quoted {
            return None;
        }
        let path = normal(&folder.join(&*include.path));
        self.is_file(&path).then_some(path)
    }

    /// What an include finds on the tree's search path, whatever file it stands in.
    pub fn global(&mut self, include: &str) -> Option<Target> {
        let paths = self.paths;
        for dir in &paths.dirs {
            let path = normal(&dir.join(include));
            if self.is_file(&path) {
                return Some(Target::File(path));
            }
        }
        let root = paths.root.as_ref()?;
        if !include.starts_with("asm/") {
            for dir in ["include", "include/uapi"] {
                let path = normal(&root.join(dir).join(include));
                if self.is_file(&path) {
                    return Some(Target::File(path));
                }
            }
        }
        let own: Vec<Option<PathBuf>> = paths
            .arches
            .iter()
            .map(|arch| {
                let mut dirs = paths.arch_dirs(root, arch).into_iter();
                dirs.find_map(|dir| {
                    let path = normal(&dir.join(include));
                    self.is_file(&path).then_some(path)
                })
            })
            .collect();
        let generic = include.strip_prefix("asm/").and_then(|rest| {
            ["include/asm-generic", "include/uapi/asm-generic"].iter().find_map(|dir| {
                let path = root.join(dir).join(rest);
                self.is_file(&path).then_some(path)
            })
        });
        // A driver for one architecture may include headers that only it has.
        let other = PREFERRED
            .iter()
            .filter_map(|name| paths.arches.iter().position(|arch| arch == name))
            .chain(0..paths.arches.len())
            .find_map(|arch| own[arch].clone());
        let found: Vec<Option<PathBuf>> = own
            .into_iter()
            .map(|path| path.or_else(|| generic.clone()).or_else(|| other.clone()))
            .collect();
        found.iter().any(Option::is_some).then_some(Target::Arch(found))
    }

    /// What an include finds through `-I` flags in the makefiles of the folder and above it.
    pub fn through_makefiles(&mut self, include: &str, folder: &Path) -> Option<PathBuf> {
        let root = self.paths.root.clone()?;
        let mut at = folder;
        while at.starts_with(&root) && at != root {
            if !self.extra.contains_key(at) {
                let found = makefile_dirs(self.files, &root, at);
                self.extra.insert(at.to_owned(), found);
            }
            for dir in self.extra[at].clone() {
                let path = normal(&dir.join(include));
                if self.is_file(&path) {
                    return Some(path);
                }
            }
            at = at.parent()?;
        }
        // A folder above may be on the path by a flag that no makefile spells out.
        let mut at = folder.parent()?;
        while at.starts_with(&root) && at != root {
            for dir in [at.to_owned(), at.join("include")] {
                let path = normal(&dir.join(include));
                if self.is_file(&path) {
                    return Some(path);
                }
            }
            at = at.parent()?;
        }
        None
    }
}

/// The path without `.` and `..`, as text (no link is followed).
pub(crate) fn normal(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                if !out.pop() {
                    out.push("..");
                }
            }
            other => out.push(other),
        }
    }
    out
}

/// The `-I` folders that a folder's makefile names.
fn makefile_dirs(files: &dyn FileSystem, root: &Path, folder: &Path) -> Vec<PathBuf> {
    let mut dirs = Vec::new();
    let below = folder.strip_prefix(root).unwrap_or(folder).to_string_lossy().into_owned();
    for name in ["Makefile", "Kbuild"] {
        let Ok(bytes) = files.read(&folder.join(name)) else { continue };
        let text = String::from_utf8_lossy(&bytes).replace("\\\n", " ");
        let mut variables: Vec<(String, String)> = vec![
            ("srctree".into(), String::new()),
            ("objtree".into(), String::new()),
            ("src".into(), below.clone()),
            ("obj".into(), below.clone()),
        ];
        for line in text.lines() {
            let line = line.split('#').next().unwrap_or("").trim();
            if let Some((name, value)) = line.split_once('=') {
                let name = name.trim_end_matches([':', '+', '?', ' ', '\t']).trim();
                if !name.contains(char::is_whitespace) && !value.contains("-I") {
                    let value = substitute(value.trim(), &variables);
                    variables.push((name.to_owned(), value));
                }
            }
            let mut words = line.split_whitespace().peekable();
            while let Some(word) = words.next() {
                let Some(mut dir) = word.strip_prefix("-I") else { continue };
                if dir.is_empty() {
                    dir = words.next().unwrap_or("");
                }
                let dir = substitute(dir.trim_end_matches(')'), &variables);
                if dir.contains('$') || dir.is_empty() {
                    continue;
                }
                let dir = normal(&root.join(dir.trim_start_matches('/')));
                if dir.starts_with(root) && !dirs.contains(&dir) {
                    dirs.push(dir);
                }
            }
        }
    }
    dirs
}

fn substitute(text: &str, variables: &[(String, String)]) -> String {
    let mut out = text.to_owned();
    for _ in 0..4 {
        for (name, value) in variables.iter().rev() {
            for pattern in [format!("$({name})"), format!("${{{name}}}")] {
                if out.contains(&pattern) {
                    // `$(srctree)/$(src)` and `$(src)` both start at the top.
                    out = out.replace(&pattern, value).replace("//", "/");
                }
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::Memory;

    #[test]
    fn makefile_flags_name_folders_below_the_top() {
        let mut files = Memory::default();
        files.add(
            "/k/a/b/Makefile",
            "TOP := $(srctree)/$(src)/..\nccflags-y := -I$(TOP)/inc -I $(srctree)/$(src)/own\n",
        );
        let dirs = makefile_dirs(&files, Path::new("/k"), Path::new("/k/a/b"));
        assert_eq!(dirs, [PathBuf::from("/k/a/inc"), PathBuf::from("/k/a/b/own")]);
    }

    #[test]
    fn asm_headers_depend_on_the_architecture() {
        let mut files = Memory::default();
        files.add("/k/arch/arm/include/asm/a.h", "");
        files.add("/k/include/asm-generic/b.h", "");
        let arches = ["arm".to_owned(), "x86".to_owned()];
        let paths = IncludePaths::new(Some("/k".into()), Vec::new(), &arches);
        let mut resolver = Resolver::new(&files, &paths);
        let arm = Some(PathBuf::from("/k/arch/arm/include/asm/a.h"));
        assert_eq!(resolver.global("asm/a.h"), Some(Target::Arch(vec![arm.clone(), arm])));
        let generic = Some(PathBuf::from("/k/include/asm-generic/b.h"));
        let both = Target::Arch(vec![generic.clone(), generic]);
        assert_eq!(resolver.global("asm/b.h"), Some(both));
        assert_eq!(resolver.global("asm/c.h"), None);
    }
}

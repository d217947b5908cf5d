//! Where headers are looked for, and for which architectures.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::index::FileId;

/// An architecture that inputs are written for, by its place in [`IncludePaths`].
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

/// What a build tells of how files are compiled, beyond what can be read off the tree.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Build {
    /// Folders for `#include` after those of the tree, as those of generated headers; absolute.
    pub dirs: Vec<PathBuf>,
    /// Folders for `#include` that the files of a folder get besides; absolute.
    pub folders: BTreeMap<PathBuf, Vec<PathBuf>>,
    /// Files that are read before an input, as with `-include`; absolute.
    pub forced: BTreeMap<PathBuf, Vec<PathBuf>>,
}

/// Where headers are looked for.
#[derive(Clone, Debug, Default)]
pub struct IncludePaths {
    /// Top of the kernel tree.
    pub root: Option<PathBuf>,
    /// `-I` folders, before those of the tree.
    pub dirs: Vec<PathBuf>,
    /// What a build tells.
    pub build: Build,
    /// Every architecture of the tree, sorted.
    known: Vec<String>,
    /// Those that inputs are written for, as places in `known`; never empty.
    wanted: Vec<usize>,
}

/// Architectures to look at first for a header that the wanted one does not have.
pub(crate) const PREFERRED: [&str; 7] = ["x86", "arm64", "arm", "powerpc", "s390", "riscv", "mips"];

impl IncludePaths {
    /// The paths for `inputs`, in a tree whose folder `arch` has these folders.
    pub fn new(
        root: Option<PathBuf>,
        dirs: Vec<PathBuf>,
        subfolders: &[String],
        inputs: &[&Path],
    ) -> IncludePaths {
        let mut known = subfolders.to_vec();
        known.sort();
        if known.is_empty() {
            known.push(PREFERRED[0].to_owned());
        }
        let build = Build::default();
        let mut paths = IncludePaths { root, dirs, build, known, wanted: Vec::new() };
        let mut wanted: Vec<usize> = inputs.iter().map(|input| paths.place_of(input)).collect();
        if wanted.is_empty() {
            wanted.push(paths.place_of(Path::new("")));
        }
        wanted.sort_unstable();
        wanted.dedup();
        paths.wanted = wanted;
        paths
    }

    /// The same, and what a build tells.
    pub fn with_build(self, build: Build) -> IncludePaths {
        IncludePaths { build, ..self }
    }

    /// The architectures that inputs are written for.
    pub(crate) fn arches(&self) -> impl Iterator<Item = &str> {
        self.wanted.iter().map(|place| self.known[*place].as_str())
    }

    /// All architectures of the tree.
    pub(crate) fn known_arches(&self) -> &[String] {
        &self.known
    }

    /// The architecture that a file is written for: `arch/NAME/`, else the default one.
    pub fn arch_of(&self, path: &Path) -> Arch {
        let place = self.place_of(path);
        Arch(self.wanted.iter().position(|wanted| *wanted == place).unwrap_or(0) as u8)
    }

    fn place_of(&self, path: &Path) -> usize {
        // Most files are asked about, and few lie there.
        let bytes = path.as_os_str().as_encoded_bytes();
        let root = self.root.as_ref().filter(|_| memchr::memmem::find(bytes, b"/arch/").is_some());
        let below = root.and_then(|root| path.strip_prefix(root.join("arch")).ok());
        let named = match below {
            Some(below) if below.starts_with("x86/um") => Some("um"),
            below => below
                .and_then(|below| below.components().next())
                .and_then(|first| first.as_os_str().to_str()),
        };
        let place = |wanted: &str| self.known.iter().position(|arch| arch == wanted);
        named.and_then(place).or_else(|| place(PREFERRED[0])).unwrap_or(0)
    }

    /// Folders that hold architecture `arch`'s own headers, in order.
    pub(crate) fn arch_dirs(&self, root: &Path, arch: &str) -> Vec<PathBuf> {
        let base = root.join("arch").join(arch);
        let mut dirs: Vec<PathBuf> =
            ["include", "include/generated", "include/uapi", "include/generated/uapi"]
                .map(|dir| base.join(dir))
                .into();
        match arch {
            "mips" => dirs.push(base.join("include/asm/mach-generic")),
            "um" => {
                dirs.push(base.join("include/shared"));
                let host = ["um/shared", "um", "include", "include/uapi"];
                dirs.extend(host.iter().map(|dir| root.join("arch/x86").join(dir)));
            }
            _ => {}
        }
        dirs
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_architectures_of_the_inputs_count() {
        let all = ["arm", "mips", "um", "x86"].map(str::to_owned);
        let inputs = ["/k/arch/mips/a.c", "/k/arch/x86/um/b.c", "/k/fs/c.c"].map(Path::new);
        let paths = IncludePaths::new(Some("/k".into()), Vec::new(), &all, &inputs);
        assert_eq!(paths.arches().collect::<Vec<_>>(), ["mips", "um", "x86"]);
        assert_eq!(paths.arch_of(inputs[1]).index(), 1);
        assert_eq!(paths.arch_of(inputs[2]).index(), 2);
    }
}

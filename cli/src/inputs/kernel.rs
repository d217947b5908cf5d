//! Where a kernel tree starts.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// Whether a folder is the top of a kernel tree: its Makefile states the version.
fn is_kernel(folder: &Path) -> bool {
    folder.join("include/linux").is_dir()
        && std::fs::read_to_string(folder.join("Makefile")).is_ok_and(|text| {
            let states = |name: &str| {
                text.lines().take(20).any(|line| {
                    line.strip_prefix(name).is_some_and(|rest| rest.trim_start().starts_with('='))
                })
            };
            states("VERSION") && states("PATCHLEVEL")
        })
}

/// Whether a folder looks like a small kernel tree, as examples and tests have.
fn is_miniature(folder: &Path) -> bool {
    folder.join("include/linux").is_dir()
        && (folder.join("Kconfig").is_file() || folder.join("Kbuild").is_file())
}

/// Whether a folder is the top of a kernel tree, full or small. Folders inside a full tree may
/// look like a small one (arch/um does) and are not.
pub(crate) fn is_root(folder: &Path) -> bool {
    is_kernel(folder) || (is_miniature(folder) && !folder.ancestors().skip(1).any(is_kernel))
}

/// Finds kernel trees above folders, and remembers them.
#[derive(Debug, Default)]
pub(super) struct Roots {
    known: HashMap<PathBuf, Option<PathBuf>>,
    kernels: HashMap<PathBuf, bool>,
}

impl Roots {
    /// The kernel tree that `folder` (absolute) is in. A full tree wins over a small one in it.
    pub fn above(&mut self, folder: &Path) -> Option<PathBuf> {
        if let Some(root) = self.known.get(folder) {
            return root.clone();
        }
        let root = folder
            .ancestors()
            .find(|folder| self.is_kernel(folder))
            .or_else(|| folder.ancestors().find(|folder| is_miniature(folder)))
            .map(Path::to_owned);
        self.known.insert(folder.to_owned(), root.clone());
        root
    }

    fn is_kernel(&mut self, folder: &Path) -> bool {
        if let Some(known) = self.kernels.get(folder) {
            return *known;
        }
        let found = is_kernel(folder);
        self.kernels.insert(folder.to_owned(), found);
        found
    }
}

//! Which files the paths of the command line take in, told without a look at the disk: a file may be
//! there in another version of the tree.

use std::path::{Path, PathBuf};

use super::{names, walk};

/// Files and folders, as the user named them.
#[derive(Clone, Debug)]
pub struct Within {
    /// Absolute, with the name that the user gave.
    paths: Vec<(PathBuf, String)>,
}

impl Within {
    /// The files at or below `paths`.
    ///
    /// # Errors
    /// A path that is not there: a message that names it.
    pub fn new(paths: &[PathBuf]) -> Result<Within, String> {
        let absolute = |path: &PathBuf| {
            let found = path.canonicalize();
            let found = found.map_err(|error| format!("{}: {error}", path.display()))?;
            Ok((found, names::clean(path)))
        };
        Ok(Within { paths: paths.iter().map(absolute).collect::<Result<_, String>>()? })
    }

    /// How reports name a file (absolute), if it is one of those that a walk would find; of several
    /// names the one that sorts first.
    pub fn shown(&self, path: &Path) -> Option<String> {
        let name = |(top, shown): &(PathBuf, String)| {
            let below = path.strip_prefix(top).ok()?;
            if below.as_os_str().is_empty() {
                return Some(shown.clone());
            }
            walk::finds(top, below).then(|| names::join(shown, below))
        };
        self.paths.iter().filter_map(name).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_a_walk() {
        let folder = tempfile::tempdir().unwrap();
        let top = folder.path().canonicalize().unwrap();
        for name in ["include/linux", "fs"] {
            std::fs::create_dir_all(top.join(name)).unwrap();
        }
        std::fs::write(top.join("Kconfig"), "").unwrap();
        std::fs::write(top.join("fs/a.c"), "").unwrap();
        let within = Within::new(&[top.clone(), top.join("fs/a.c")]).unwrap();
        let shown = |name: &str| within.shown(&top.join(name)).is_some();
        assert!(shown("fs/a.c") && shown("fs/gone/b.h"));
        assert!(!shown("tools/x.c") && !shown(".git/x.c") && !shown("fs/Makefile"));
        assert!(shown("fs/tools/x.c"), "only at the top");
        assert_eq!(within.shown(Path::new("/elsewhere/a.c")), None);
        assert!(Within::new(&[top.join("none")]).is_err());
    }
}

//! Which files a configuration leaves out of a kernel, as the Kbuild files tell without running make.
//! Source: Documentation/kbuild/makefiles.rst.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use super::kbuild::{makefile, split, words};
use crate::files::FileSystem;
use crate::kernel::dotconfig::DotConfig;

/// Lists of lists deeper than this are not followed.
const DEPTH: usize = 8;

/// Lists of what is built because it is listed there.
const GOALS: [&str; 10] =
    ["obj", "lib", "core", "drivers", "net", "libs", "virt", "extra", "always", "subdir"];

/// Remembers the Makefiles that were read.
#[derive(Default)]
pub(super) struct Built {
    lists: Mutex<HashMap<PathBuf, Option<Arc<Lists>>>>,
}

/// Something that a Makefile lists.
#[derive(Debug)]
struct Listed {
    /// `obj`, or the object that it is a part of.
    list: String,
    /// Whether the line counts; `None` where the configuration does not tell.
    holds: Option<bool>,
}

/// What a Makefile lists, by its words: `port.o`, `net/`.
#[derive(Debug, Default)]
struct Lists(HashMap<String, Vec<Listed>>);

impl Built {
    /// Whether a file of the tree is built under no line that the configuration sets, though there are
    /// such lines. What no Makefile lists by name is not known to be left out.
    pub fn is_left_out(
        &self,
        files: &dyn FileSystem,
        root: &Path,
        file: &Path,
        config: &DotConfig,
    ) -> bool {
        if file.extension().is_none_or(|extension| extension != "c") || !file.starts_with(root) {
            return false;
        }
        let object = file.with_extension("o");
        let folders = file.ancestors().skip(1).take_while(|at| *at != root);
        let folders = folders.map(|folder| (folder, "/"));
        std::iter::once((object.as_path(), ""))
            .chain(folders)
            .any(|(path, end)| self.listed(files, root, (path, end), config) == Some(false))
    }

    /// Whether the nearest Makefile that lists something has it built.
    fn listed(
        &self,
        files: &dyn FileSystem,
        root: &Path,
        (path, end): (&Path, &str),
        config: &DotConfig,
    ) -> Option<bool> {
        for above in path.ancestors().skip(1).take_while(|above| above.starts_with(root)) {
            let Some(lists) = self.lists(files, above, config) else { continue };
            let Ok(below) = path.strip_prefix(above) else { continue };
            let found = lists.built(&format!("{}{end}", below.to_string_lossy()), 0);
            if found.is_some() {
                return found;
            }
        }
        None
    }

    fn lists(
        &self,
        files: &dyn FileSystem,
        folder: &Path,
        config: &DotConfig,
    ) -> Option<Arc<Lists>> {
        let mut known = self.lists.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let read = || Some(Arc::new(Lists::read(&makefile(files, folder)?, config)));
        known.entry(folder.to_owned()).or_insert_with(read).clone()
    }
}

impl Lists {
    fn read(text: &str, config: &DotConfig) -> Lists {
        let (mut lists, mut depth) = (Lists::default(), 0usize);
        for line in text.lines() {
            let line = line.split('#').next().unwrap_or_default();
            match line.split_whitespace().next() {
                Some("ifeq" | "ifneq" | "ifdef" | "ifndef") => depth += 1,
                Some("endif") => depth = depth.saturating_sub(1),
                _ => {}
            }
            let Some((name, value)) = line.split_once('=') else { continue };
            let name = name.trim().trim_end_matches([':', '+', '?']).trim();
            let (list, holds) = match gate(name) {
                Some((list, gate)) => (list, gate.holds(config).filter(|_| depth == 0)),
                None => (name, None),
            };
            for word in words(value) {
                let listed = Listed { list: list.to_owned(), holds };
                lists.0.entry(word).or_default().push(listed);
            }
        }
        lists
    }

    /// Whether something is built; `None` where that is not known.
    fn built(&self, word: &str, depth: usize) -> Option<bool> {
        let found = self.0.get(word).filter(|_| depth < DEPTH)?;
        let each = found.iter().map(|one| match one.holds {
            Some(true) if !GOALS.contains(&one.list.as_str()) => {
                self.built(&format!("{}.o", one.list), depth + 1)
            }
            holds => holds,
        });
        // It is left out only where every line leaves it out.
        let each: Vec<Option<bool>> = each.collect();
        if each.contains(&Some(true)) {
            return Some(true);
        }
        each.iter().all(Option::is_some).then_some(false)
    }
}

/// On what it depends whether a line counts.
enum Gate<'a> {
    Always,
    Symbol(&'a str),
    Other,
}

impl Gate<'_> {
    fn holds(&self, config: &DotConfig) -> Option<bool> {
        match self {
            Gate::Always => Some(true),
            Gate::Symbol(name) => Some(config.sets(name)),
            Gate::Other => None,
        }
    }
}

/// `obj-y`, `port-objs`, `port-$(CONFIG_X)`: the list and the gate.
fn gate(variable: &str) -> Option<(&str, Gate<'_>)> {
    let (list, suffix) = split(variable)?;
    let Some(inside) = suffix.strip_prefix("$(") else { return Some((list, Gate::Always)) };
    let symbol = inside
        .strip_suffix(')')
        .filter(|name| name.starts_with("CONFIG_") && !name.contains(['(', ')', '$', ' ', ',']));
    Some((list, symbol.map_or(Gate::Other, Gate::Symbol)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::Memory;

    fn left_out(makefiles: &[(&str, &str)], file: &str) -> bool {
        let mut files = Memory::default();
        for (name, text) in makefiles {
            files.add(format!("/k/{name}"), *text);
        }
        let config = DotConfig::read("CONFIG_ON=y\nCONFIG_MOD=m\n# CONFIG_OFF is not set\n");
        let path = Path::new("/k").join(file);
        Built::default().is_left_out(&files, Path::new("/k"), &path, &config)
    }

    #[test]
    fn objects_by_their_symbols() {
        let makefile = "obj-$(CONFIG_ON) += on.o\nobj-$(CONFIG_MOD) += mod.o \\\n\tmore.o\n\
                        obj-$(CONFIG_OFF) += off.o both.o\nobj-y += both.o always.o # off.o\n\
                        obj-$(CONFIG_OFF)$(CONFIG_ON) += odd.o\nlib-$(CONFIG_OFF) += lib.o\n\
                        obj-$(subst m,y,$(CONFIG_OFF)) += subst.o\nfew := few.o\n";
        let out = |file: &str| left_out(&[("a/Makefile", makefile)], &format!("a/{file}"));
        for kept in ["on.c", "mod.c", "more.c", "both.c", "always.c", "odd.c", "subst.c"] {
            assert!(!out(kept), "{kept}");
        }
        assert!(out("off.c") && out("lib.c"));
        // Nothing is said of these.
        assert!(!out("other.c") && !out("few.c") && !out("off.h"));
    }

    #[test]
    fn parts_by_what_they_are_parts_of() {
        let makefile = "obj-$(CONFIG_ON) += big.o\nobj-$(CONFIG_OFF) += small.o\n\
                        big-y := one.o shared.o\nbig-$(CONFIG_OFF) += two.o\n\
                        small-objs := three.o shared.o sub/four.o\n";
        let out = |file: &str| left_out(&[("a/Kbuild", makefile)], &format!("a/{file}"));
        assert!(!out("one.c") && !out("shared.c"));
        assert!(out("two.c") && out("three.c") && out("sub/four.c"));
    }

    #[test]
    fn folders() {
        let top = "obj-y += a/\nobj-$(CONFIG_OFF) += b/ c/d/\n";
        let inner = "obj-y += x.o\n";
        let files = [
            ("Kbuild", top),
            ("a/Makefile", inner),
            ("b/Makefile", inner),
            ("c/d/Makefile", inner),
        ];
        assert!(!left_out(&files, "a/x.c"));
        assert!(left_out(&files, "b/x.c") && left_out(&files, "c/d/x.c"));
        assert!(left_out(&files, "b/deeper/x.c") && !left_out(&files, "c/x.c"));
    }

    #[test]
    fn conditions_of_make_are_not_judged() {
        let makefile = "ifdef CONFIG_OFF\nobj-y += x.o\nendif\nifeq ($(A),b)\nelse\n\
                        obj-$(CONFIG_OFF) += y.o\nendif\nobj-$(CONFIG_OFF) += z.o\n";
        let out = |file: &str| left_out(&[("a/Makefile", makefile)], &format!("a/{file}"));
        assert!(!out("x.c") && !out("y.c") && out("z.c"));
    }

    #[test]
    fn lists_that_name_themselves_end() {
        let makefile = "obj-$(CONFIG_ON) += a.o\na-y := b.o\nb-y := a.o\n";
        assert!(!left_out(&[("m/Makefile", makefile)], "m/b.c"));
    }
}

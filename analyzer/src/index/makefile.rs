//! The `-I` folders that makefiles name, without running make.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::index::listing::{Listings, normal};

/// What the makefile of a folder says.
#[derive(Debug, Default)]
pub(crate) struct Makefile {
    /// Folders for `#include`, in order.
    pub dirs: Vec<PathBuf>,
    /// The folders whose makefiles it includes.
    pub included: Vec<PathBuf>,
}

/// Makefiles that include each other deeper than this are not followed.
const DEPTH: usize = 4;

impl Makefile {
    /// Reads the makefile of a folder below `top`, which is that of the kernel tree `kernel` or of
    /// modules outside it.
    pub fn read(
        listings: &Listings<'_>,
        kernel: Option<&Path>,
        top: &Path,
        folder: &Path,
    ) -> Arc<Makefile> {
        let mut reader = Reader {
            listings,
            kernel,
            top,
            folder,
            variables: FxHashMap::default(),
            out: Makefile::default(),
        };
        let mut set = |names: &[&str], path: &Path| {
            for name in names {
                reader.variables.insert((*name).into(), path.to_string_lossy().into_owned());
            }
        };
        let inside = kernel.and_then(|kernel| folder.strip_prefix(kernel).ok());
        set(&["src", "obj"], inside.unwrap_or(folder));
        if let Some(kernel) = kernel {
            set(&["srctree", "objtree"], kernel);
        }
        if kernel != Some(top) {
            // Documentation/kbuild/modules.rst, and what makefiles of modules do by themselves.
            set(&["M", "KBUILD_EXTMOD", "PWD", "CURDIR"], top);
        }
        for name in ["Makefile", "Kbuild", "Platform"] {
            if listings.names(folder).contains(name) {
                reader.file(&folder.join(name), DEPTH);
            }
        }
        Arc::new(reader.out)
    }
}

struct Reader<'a> {
    listings: &'a Listings<'a>,
    kernel: Option<&'a Path>,
    top: &'a Path,
    folder: &'a Path,
    variables: FxHashMap<String, String>,
    out: Makefile,
}

impl Reader<'_> {
    fn file(&mut self, path: &Path, depth: usize) {
        let Ok(bytes) = self.listings.files.read(path) else { return };
        let text = String::from_utf8_lossy(&bytes).replace("\\\n", " ");
        for line in text.lines() {
            let line = line.split('#').next().unwrap_or("").trim();
            self.assignment(line);
            if line.contains("-I") {
                self.flags(line);
            }
            let included = line.strip_prefix("include ").or_else(|| line.strip_prefix("-include "));
            for word in included.unwrap_or("").split_whitespace() {
                self.include(word, depth);
            }
        }
    }

    fn assignment(&mut self, line: &str) {
        let Some((name, value)) = line.split_once('=') else { return };
        let name = name.trim_end_matches([':', '+', '?', ' ', '\t']).trim();
        if !name.is_empty() && !name.contains(char::is_whitespace) && !value.contains("-I") {
            let value = self.expanded(value.trim(), 8);
            self.variables.insert(name.to_owned(), value);
        }
    }

    fn flags(&mut self, line: &str) {
        let mut words = line.split_whitespace();
        while let Some(word) = words.next() {
            let Some(mut dir) = word.strip_prefix("-I") else { continue };
            if dir.is_empty() {
                dir = words.next().unwrap_or("");
            }
            // `$(call cc-option, -Ifolder)` ends in a bracket that is not the folder's.
            let opened = dir.matches('(').count();
            let closing = dir.matches(')').count().saturating_sub(opened);
            let dir = self.expanded(&dir[..dir.len() - closing.min(dir.len())], 8);
            let found = self.place(&dir, |path| !self.listings.names(path).is_empty());
            if let Some(found) = found.filter(|found| !self.out.dirs.contains(found)) {
                self.out.dirs.push(found);
            }
        }
    }

    fn include(&mut self, word: &str, depth: usize) {
        let path = self.expanded(word, 8);
        let Some(path) = self.place(&path, |path| self.listings.has(path)) else { return };
        let Some(folder) = path.parent().filter(|folder| *folder != self.folder) else { return };
        if depth > 0 && !self.out.included.iter().any(|known| known == folder) {
            self.out.included.push(folder.to_owned());
            self.file(&path, depth - 1);
        }
    }

    /// The path that some text of a makefile stands for. A variable at its start that nothing here
    /// sets is set by the makefile that includes this one, to some folder above.
    fn place(&self, text: &str, there: impl Fn(&Path) -> bool) -> Option<PathBuf> {
        let within = |path: &Path| {
            path.starts_with(self.top) || self.kernel.is_some_and(|kernel| path.starts_with(kernel))
        };
        let found = |path: PathBuf| (within(&path) && there(&path)).then_some(path);
        if let Some(rest) = text.strip_prefix("$(") {
            let rest = rest.split_once(')')?.1.trim_matches('/');
            if rest.is_empty() || rest.contains('$') {
                return None;
            }
            let mut above = self.folder.ancestors().take_while(|above| *above != self.top);
            return above.find_map(|above| found(normal(&above.join(rest))));
        }
        if text.is_empty() || text.contains('$') {
            return None;
        }
        // A path that is not absolute starts where make runs, at the top of the kernel.
        found(normal(&self.kernel.unwrap_or(self.top).join(text)))
    }

    /// The text with the variables that are known.
    fn expanded(&self, text: &str, depth: usize) -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Some(at) = rest.find('$') {
            out.push_str(&rest[..at]);
            rest = &rest[at..];
            let close = match rest.as_bytes().get(1) {
                Some(b'(') => ')',
                Some(b'{') => '}',
                _ => {
                    out.push('$');
                    rest = &rest[1..];
                    continue;
                }
            };
            let Some(end) = rest.find(close) else { break };
            match self.variables.get(&rest[2..end]) {
                Some(value) if depth > 0 => out.push_str(&self.expanded(value, depth - 1)),
                _ => {
                    out.push_str("$(");
                    out.push_str(&rest[2..end]);
                    out.push(')');
                }
            }
            rest = &rest[end + 1..];
        }
        out.push_str(rest);
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::Memory;

    fn dirs(files: &[(&str, &str)], folder: &str) -> Vec<PathBuf> {
        let mut memory = Memory::default();
        for (path, text) in files {
            memory.add(*path, *text);
        }
        let top = if folder.starts_with("/k") { "/k" } else { "/m" };
        let (kernel, top, folder) = (Path::new("/k"), Path::new(top), Path::new(folder));
        Makefile::read(&Listings::new(&memory), Some(kernel), top, folder).dirs.clone()
    }

    #[test]
    fn flags_name_folders_below_the_top() {
        let text = "TOP := $(srctree)/$(src)/..\n\
                    ccflags-y := -I$(TOP)/inc -I $(srctree)/$(src)/own\n\
                    ccflags-y += -I$(srctree)/none $(call cc-option,-I$(src)/own)\n";
        let files = [("/k/a/b/Makefile", text), ("/k/a/inc/x.h", ""), ("/k/a/b/own/y.h", "")];
        let expected = [PathBuf::from("/k/a/inc"), PathBuf::from("/k/a/b/own")];
        assert_eq!(dirs(&files, "/k/a/b"), expected);
    }

    #[test]
    fn a_variable_set_elsewhere_is_some_folder_above() {
        let files = [
            ("/k/a/b/c/Makefile", "subdir-ccflags-y += -I$(TOP_PATH)/b/inc/hw\n"),
            ("/k/a/b/inc/hw/x.h", ""),
        ];
        assert_eq!(dirs(&files, "/k/a/b/c"), [PathBuf::from("/k/a/b/inc/hw")]);
    }

    #[test]
    fn a_module_outside_the_tree_names_its_own_folders() {
        let text = "ccflags-y := -I$(src)/inc -I$(M)/common -I$(srctree)/drivers/d -Inone\n";
        let files = [
            ("/m/a/Kbuild", text),
            ("/m/a/inc/x.h", ""),
            ("/m/common/y.h", ""),
            ("/k/drivers/d/z.h", ""),
        ];
        let expected = ["/m/a/inc", "/m/common", "/k/drivers/d"].map(PathBuf::from);
        assert_eq!(dirs(&files, "/m/a"), expected);
    }

    #[test]
    fn included_makefiles_count() {
        let files = [
            ("/k/a/b/Makefile", "PARTS = $(src)/../parts\ninclude $(PARTS)/Makefile\n"),
            ("/k/a/parts/Makefile", "ccflags-y += -I$(PARTS)/inc\n"),
            ("/k/a/parts/inc/x.h", ""),
        ];
        assert_eq!(dirs(&files, "/k/a/b"), [PathBuf::from("/k/a/parts/inc")]);
    }
}

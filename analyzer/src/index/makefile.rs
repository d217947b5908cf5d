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
    /// Reads the makefile of a folder below `root`.
    pub fn read(listings: &Listings<'_>, root: &Path, folder: &Path) -> Arc<Makefile> {
        let below = folder.strip_prefix(root).unwrap_or(folder).to_string_lossy().into_owned();
        let mut reader = Reader {
            listings,
            root,
            folder,
            variables: FxHashMap::default(),
            out: Makefile::default(),
        };
        for name in ["src", "obj"] {
            reader.variables.insert(name.into(), below.clone());
        }
        for name in ["srctree", "objtree"] {
            reader.variables.insert(name.into(), String::new());
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
    root: &'a Path,
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
        let found = |path: PathBuf| (path.starts_with(self.root) && there(&path)).then_some(path);
        if let Some(rest) = text.strip_prefix("$(") {
            let rest = rest.split_once(')')?.1.trim_matches('/');
            if rest.is_empty() || rest.contains('$') {
                return None;
            }
            let mut above = self.folder.ancestors().take_while(|above| *above != self.root);
            return above.find_map(|above| found(normal(&above.join(rest))));
        }
        if text.is_empty() || text.contains('$') {
            return None;
        }
        found(normal(&self.root.join(text.trim_start_matches('/'))))
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
        Makefile::read(&Listings::new(&memory), Path::new("/k"), Path::new(folder)).dirs.clone()
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
    fn included_makefiles_count() {
        let files = [
            ("/k/a/b/Makefile", "PARTS = $(src)/../parts\ninclude $(PARTS)/Makefile\n"),
            ("/k/a/parts/Makefile", "ccflags-y += -I$(PARTS)/inc\n"),
            ("/k/a/parts/inc/x.h", ""),
        ];
        assert_eq!(dirs(&files, "/k/a/b"), [PathBuf::from("/k/a/parts/inc")]);
    }
}

//! Which files a loadable module is made of, as the Kbuild files tell without running make.
//! Source: Documentation/kbuild/makefiles.rst, Documentation/kbuild/kconfig-language.rst.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::files::FileSystem;
use crate::index::normal;

/// Makefiles further up than this do not list a file's object.
const ABOVE: usize = 4;

/// The files of the module that a file is a part of; `None` if it is in none, in several, or not all of
/// its parts are known.
pub(super) fn module_of(
    files: &dyn FileSystem,
    root: Option<&Path>,
    file: &Path,
) -> Option<Vec<PathBuf>> {
    let folder = file.parent()?;
    let within = |at: &&Path| root.is_none_or(|root| at.starts_with(root));
    let mut known = false;
    for above in folder.ancestors().take(ABOVE).take_while(within) {
        let Some(text) = makefile(files, above) else { continue };
        known = true;
        let lists = Lists::read(&text);
        let object = file.strip_prefix(above).ok()?.with_extension("o");
        let found = lists.modules_with(&object.to_string_lossy());
        let [(module, gate)] = found.as_slice() else {
            match found.is_empty() {
                true => continue,
                false => return None,
            }
        };
        match gate {
            Gate::Config(symbol) if !is_tristate(files, root, above, symbol) => return None,
            _ => {}
        }
        let objects = lists.objects(module)?;
        let sources = objects.iter().map(|object| normal(&above.join(object)).with_extension("c"));
        return Some(sources.filter(|path| files.is_file(path)).collect());
    }
    // A file outside any kernel, beside no Kbuild file, is taken by itself.
    (!known && root.is_none()).then(|| vec![file.to_owned()])
}

/// What tells kbuild what to build in a folder, a line a line.
pub(super) fn makefile(files: &dyn FileSystem, folder: &Path) -> Option<String> {
    let text = ["Kbuild", "Makefile"].iter().find_map(|name| files.read(&folder.join(name)).ok());
    Some(String::from_utf8_lossy(&text?).replace("\\\n", " "))
}

/// On what it depends whether something is built as a module.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Gate {
    /// `obj-m`
    Module,
    /// `obj-$(CONFIG_X)`
    Config(String),
}

/// The lists of objects in a Makefile.
#[derive(Debug, Default)]
struct Lists {
    /// `obj-m`, `obj-$(CONFIG_X)`
    modules: Vec<(String, Gate)>,
    /// Of all that is assigned to `NAME-y`, `NAME-objs` and `NAME-$(...)`: the words.
    parts: BTreeMap<String, Vec<String>>,
}

impl Lists {
    fn read(text: &str) -> Lists {
        let mut variables: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let mut lists = Lists::default();
        for line in text.lines() {
            let line = line.split('#').next().unwrap_or_default();
            let Some((name, value)) = line.split_once('=') else { continue };
            let name = name.trim().trim_end_matches([':', '+', '?']).trim();
            variables.entry(name.to_owned()).or_default().extend(words(value));
        }
        for (name, words) in &variables {
            let Some((list, suffix)) = split(name) else { continue };
            let mut objects = Vec::new();
            for word in words {
                let inner = word.strip_prefix("$(").and_then(|word| word.strip_suffix(')'));
                match inner.and_then(|name| variables.get(name)) {
                    Some(words) => objects.extend(words.iter().cloned()),
                    None => objects.push(word.clone()),
                }
            }
            if list != "obj" {
                lists.parts.entry(list.to_owned()).or_default().append(&mut objects);
                continue;
            }
            let symbol = suffix.strip_prefix("$(CONFIG_").and_then(|name| name.strip_suffix(')'));
            let gate = match (suffix, symbol) {
                ("m", _) => Gate::Module,
                (_, Some(symbol)) => Gate::Config(symbol.to_owned()),
                _ => continue,
            };
            let modules = objects.iter().filter_map(|object| object.strip_suffix(".o"));
            lists.modules.extend(modules.map(|module| (module.to_owned(), gate.clone())));
        }
        lists
    }

    /// The modules that an object is a part of.
    fn modules_with(&self, object: &str) -> Vec<(String, Gate)> {
        let mut found: Vec<(String, Gate)> = Vec::new();
        for (module, gate) in &self.modules {
            let own = format!("{module}.o") == object;
            let part = self.parts_of(module).is_some_and(|parts| parts.contains(&object));
            let known = found.iter().any(|(other, _)| other == module);
            if (part || own && !self.parts.contains_key(module)) && !known {
                found.push((module.clone(), gate.clone()));
            }
        }
        found
    }

    /// All objects of a module; `None` if some words are not understood.
    fn objects(&self, module: &str) -> Option<Vec<String>> {
        let Some(parts) = self.parts_of(module) else { return Some(vec![format!("{module}.o")]) };
        parts.iter().map(|part| part.ends_with(".o").then(|| (*part).to_owned())).collect()
    }

    fn parts_of(&self, module: &str) -> Option<Vec<&str>> {
        let mut found = Vec::new();
        for part in self.parts.get(Path::new(module).file_name()?.to_str()?)? {
            // `m-y := part.o`, `part-y := a.o b.o`
            match part.strip_suffix(".o").and_then(|name| self.parts.get(name)) {
                Some(inner) if part.strip_suffix(".o") != Some(module) => {
                    found.extend(inner.iter().map(String::as_str));
                }
                _ => found.push(part.as_str()),
            }
        }
        Some(found)
    }
}

/// The words of a value, those of `$(addprefix folder/,a.o b.o)` with the prefix before them.
pub(super) fn words(value: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = value;
    while let Some((before, inside)) = rest.split_once("$(addprefix ") {
        let Some((inside, after)) = inside.split_once(')') else { break };
        let Some((prefix, names)) = inside.split_once(',') else { break };
        found.extend(before.split_whitespace().map(str::to_owned));
        found.extend(names.split_whitespace().map(|name| format!("{}{name}", prefix.trim())));
        rest = after;
    }
    found.extend(rest.split_whitespace().map(str::to_owned));
    found
}

/// `name-y`, `name-objs`, `name-$(CONFIG_X)`: the name and what follows.
pub(super) fn split(variable: &str) -> Option<(&str, &str)> {
    if let Some((name, _)) = variable.split_once("-$(") {
        return Some((name, &variable[name.len() + 1..]));
    }
    let (name, suffix) = variable.rsplit_once('-')?;
    matches!(suffix, "y" | "m" | "objs").then_some((name, suffix))
}

/// Whether Kconfig lets a symbol be `m`.
fn is_tristate(files: &dyn FileSystem, root: Option<&Path>, folder: &Path, symbol: &str) -> bool {
    let within = |at: &&Path| root.is_none_or(|root| at.starts_with(root));
    for above in folder.ancestors().take(if root.is_some() { 16 } else { 1 }).take_while(within) {
        for name in files.list(above).iter().filter(|name| name.starts_with("Kconfig")) {
            let Ok(text) = files.read(&above.join(name)) else { continue };
            if let Some(found) = tristate(&String::from_utf8_lossy(&text), symbol) {
                return found;
            }
        }
    }
    false
}

/// Whether a text declares a symbol, and as one that can be `m`.
fn tristate(text: &str, symbol: &str) -> Option<bool> {
    let mut lines = text.lines();
    lines.find(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        matches!(words.as_slice(), ["config" | "menuconfig", name] if *name == symbol)
    })?;
    let own = lines.take_while(|line| line.is_empty() || line.starts_with([' ', '\t']));
    let words = own.filter_map(|line| line.split_whitespace().next());
    Some(words.into_iter().any(|word| matches!(word, "tristate" | "def_tristate")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::Memory;

    fn tree(makefile: &str) -> Memory {
        let mut files = Memory::default();
        files.add("/k/a/Makefile", makefile);
        files.add("/k/a/Kconfig", "config ONE\n\ttristate \"one\"\n\nconfig TWO\n\tbool \"two\"\n");
        for name in ["one.c", "two.c", "b/three.c"] {
            files.add(format!("/k/a/{name}"), "");
        }
        files
    }

    fn parts(makefile: &str, file: &str) -> Option<Vec<String>> {
        let files = tree(makefile);
        let found = module_of(&files, Some(Path::new("/k")), Path::new(file))?;
        Some(found.iter().map(|path| path.display().to_string()).collect())
    }

    #[test]
    fn parts_of_modules() {
        let composite = "obj-$(CONFIG_ONE) += whole.o\nwhole-y := one.o \\\n\ttwo.o\n\
                         whole-$(CONFIG_TWO) += b/three.o\n";
        let all = ["/k/a/one.c", "/k/a/two.c", "/k/a/b/three.c"].map(str::to_owned).to_vec();
        let sorted = |mut all: Vec<String>| {
            all.sort();
            all
        };
        assert_eq!(parts(composite, "/k/a/two.c").map(sorted), Some(sorted(all.clone())));
        assert_eq!(parts(composite, "/k/a/b/three.c").map(sorted), Some(sorted(all)));
        let one = Some(vec!["/k/a/one.c".to_owned()]);
        let prefixed = "obj-m := x.o\nx-y := one.o $(addprefix b/,\\\n\tthree.o)\n";
        let two = ["/k/a/one.c", "/k/a/b/three.c"].map(str::to_owned).to_vec();
        assert_eq!(parts(prefixed, "/k/a/one.c"), Some(two));
        assert_eq!(parts("obj-m := one.o two.o\n", "/k/a/one.c"), one);
        assert_eq!(parts("obj-$(CONFIG_TWO) := one.o\n", "/k/a/one.c"), None);
        assert_eq!(parts("obj-y := one.o\n", "/k/a/one.c"), None);
        assert_eq!(parts("obj-m := one.o x.o\nx-y := one.o\n", "/k/a/one.c"), None);
        assert_eq!(parts("obj-m := x.o\nx-y := one.o $(call more,y)\n", "/k/a/one.c"), None);
    }
}

//! Files that did not change and may yet find something else: they use a name whose annotation
//! changed in a header.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use memchr::memmem::Finder;
use rayon::prelude::*;
use rculint_analyzer::change::{self, Declarations};
use rculint_analyzer::files::FileSystem;
use rculint_analyzer::rust::is_rust;
use rculint_analyzer::text::lexer::is_ident_byte;

use super::versions::Versions;

/// The names whose annotation changed in the headers that a change touches.
pub(super) fn names(versions: &Versions) -> BTreeSet<String> {
    changed(versions, is_header)
}

/// The same in all files that it touches.
pub(super) fn reannotated(versions: &Versions) -> BTreeSet<String> {
    changed(versions, |_| true)
}

fn changed(versions: &Versions, wanted: fn(&Path) -> bool) -> BTreeSet<String> {
    let (mut before, mut after) = (Declarations::default(), Declarations::default());
    for one in &versions.touched {
        for (path, files, all) in
            [(&one.old, &versions.before, &mut before), (&one.new, &versions.after, &mut after)]
        {
            let path = path.as_ref().filter(|path| wanted(path) && !is_rust(path));
            if let Some(bytes) = path.and_then(|path| files.read(path).ok()) {
                all.add(&bytes);
            }
        }
    }
    change::reannotated(&before, &after)
}

/// Whether a file is made to be included.
pub(super) fn is_header(path: &Path) -> bool {
    path.extension().is_some_and(|end| end == "h")
}

/// Those of the files in which one of the names stands as a word.
pub(super) fn mentioning(
    files: &dyn FileSystem,
    paths: Vec<PathBuf>,
    names: &BTreeSet<String>,
) -> Vec<PathBuf> {
    let finders: Vec<Finder<'_>> = names.iter().map(|name| Finder::new(name.as_bytes())).collect();
    let mentions = |path: &PathBuf| {
        files.read(path).is_ok_and(|text| finders.iter().any(|finder| has_word(&text, finder)))
    };
    paths.into_par_iter().filter(mentions).collect()
}

fn has_word(text: &[u8], finder: &Finder<'_>) -> bool {
    let length = finder.needle().len();
    finder.find_iter(text).any(|at| {
        let part = |byte: Option<&u8>| byte.is_some_and(|byte| is_ident_byte(*byte));
        !part(at.checked_sub(1).and_then(|at| text.get(at))) && !part(text.get(at + length))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words() {
        let has = |text: &str| has_word(text.as_bytes(), &Finder::new(b"cfg"));
        assert!(has("cfg") && has("p->cfg;") && has("xcfg cfg"));
        assert!(!has("xcfg") && !has("cfg2") && !has(""));
    }
}

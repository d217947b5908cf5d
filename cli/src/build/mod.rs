//! What an earlier or running build tells of how files are compiled. Nothing here is needed for a
//! check; it finds generated headers, `-I` folders and macros that no makefile spells out.

mod commands;
mod flags;

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

use rculint_analyzer::Input;
use rculint_analyzer::index::{Build, normal};

use crate::inputs::Plan;
use commands::Commands;
pub(crate) use flags::Flags;

/// A file that the compiler's `-D` and `-U` stand for; reports name it as compilers do.
const COMMAND_LINE: &str = "<command-line>";

/// Files that stand for flags.
#[derive(Debug, Default)]
pub(crate) struct Written {
    /// Names by text: most files are compiled with the same macros.
    names: BTreeMap<String, PathBuf>,
}

impl Written {
    /// The file that says what the macros of `flags` do, if there are any.
    fn file(&mut self, flags: &Flags) -> Option<PathBuf> {
        if flags.macros.is_empty() {
            return None;
        }
        let number = self.names.len();
        let name = || match number {
            0 => PathBuf::from(COMMAND_LINE),
            _ => PathBuf::from(format!("{COMMAND_LINE}-{number}")),
        };
        Some(self.names.entry(flags.macros.clone()).or_insert_with(name).clone())
    }

    /// Their texts.
    pub fn texts(self) -> BTreeMap<PathBuf, Vec<u8>> {
        self.names.into_iter().map(|(text, path)| (path, text.into_bytes())).collect()
    }
}

/// Has the files of a plan read as the build in `folder` compiled them; without a folder, as a build
/// in their kernel tree itself did, if there was one. The number of those that it compiled.
///
/// # Errors
/// What the build left behind cannot be read: a message that names it.
pub(crate) fn apply(plan: &mut Plan, folder: Option<&Path>) -> Result<usize, String> {
    let mut written = Written::default();
    let mut number = 0;
    for (options, inputs) in &mut plan.groups {
        let Some(root) = &options.kernel_root else { continue };
        let wanted: HashSet<&Path> = inputs.iter().map(|input| input.path.as_path()).collect();
        let commands = Commands::find(folder.unwrap_or(root), |source| wanted.contains(source))?;
        for Input { path, .. } in inputs.iter() {
            let below = path.strip_prefix(root).unwrap_or(path);
            if let Some(flags) = commands.flags(path, below) {
                add(&mut options.build, root, path, &flags, &mut written);
                number += 1;
            }
        }
    }
    plan.written = written.texts();
    Ok(number)
}

/// Adds what the flags of one source tell. Folders come after those of the tree, which are the same
/// for every file.
pub(crate) fn add(
    build: &mut Build,
    root: &Path,
    source: &Path,
    flags: &Flags,
    written: &mut Written,
) {
    let own = [root.join("include"), root.join("arch")];
    let files_folder = source.parent().unwrap_or(Path::new(""));
    for folder in flags.include.iter().map(|folder| normal(folder)) {
        if own.iter().any(|own| folder.starts_with(own)) || folder == files_folder {
            continue;
        }
        // Those of generated headers lie where the build does, and serve headers as well.
        let list = if folder.starts_with(root) {
            build.folders.entry(files_folder.to_owned()).or_default()
        } else {
            &mut build.dirs
        };
        if !list.contains(&folder) && folder.is_dir() {
            list.push(folder);
        }
    }
    let forced = flags.forced.iter().map(|file| normal(file));
    let forced =
        written.file(flags).into_iter().chain(forced.filter(|file| !file.starts_with(&own[0])));
    let forced: Vec<_> = forced.collect();
    if !forced.is_empty() {
        build.forced.insert(source.to_owned(), forced);
    }
}

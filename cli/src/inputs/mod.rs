//! From the paths of the command line to workspaces: which files, named how, in which kernel tree.

mod kernel;
mod list;
mod names;
mod textonly;
mod walk;
mod within;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use rculint_analyzer::{Input, Options};

pub(crate) use kernel::is_root;
pub use list::listed;
pub use textonly::TextOnly;
pub(crate) use walk::is_source;
pub use within::Within;

/// What to read, as the user said it.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// Files and folders.
    pub paths: Vec<PathBuf>,
    /// Folders for `#include`.
    pub include: Vec<PathBuf>,
    /// The kernel tree, if the user names one.
    pub kernel_root: Option<PathBuf>,
}

/// The files to check, by the kernel tree they belong to.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// Files of one tree, sorted by shown name, with how to read them.
    pub groups: Vec<(Options, Vec<Input>)>,
    /// What could not be read while walking: name and reason.
    pub problems: Vec<(String, String)>,
    /// Folders that hold nothing to check.
    pub empty: Vec<String>,
    /// Files that are not on the disk.
    pub written: BTreeMap<PathBuf, Vec<u8>>,
}

/// Finds the files. The order of the paths does not matter, and a file found by two paths is
/// taken once, under the name that sorts first.
///
/// # Errors
/// A path or folder that is not there: a message that names it.
pub fn plan(request: &Request) -> Result<Plan, String> {
    let mut plan = Plan::default();
    let mut files: Vec<(PathBuf, String)> = Vec::new();
    for path in &request.paths {
        let found = walk::find(path)?;
        if found.files.is_empty() && found.problems.is_empty() {
            plan.empty.push(path.display().to_string());
        }
        plan.problems.extend(found.problems);
        files.extend(found.files.into_iter().map(|Input { path, shown }| (path, shown)));
    }
    plan.problems.sort();
    plan.problems.dedup();
    plan.empty.sort();
    plan.groups = groups(files, request)?;
    let folders = request.paths.iter().filter_map(|path| path.canonicalize().ok());
    let folders: Vec<PathBuf> = folders.filter(|path| path.is_dir()).collect();
    for (options, _) in &mut plan.groups {
        let within = |root: &PathBuf| folders.iter().any(|folder| root.starts_with(folder));
        options.whole = options.kernel_root.as_ref().is_some_and(within);
    }
    Ok(plan)
}

/// Files (absolute, with the name to show) by the kernel tree they belong to; of several names of a file
/// the one that sorts first counts. They may be in another
/// version of the tree than the one on disk.
///
/// # Errors
/// A folder of the request that is not there: a message that names it.
pub fn groups(
    mut files: Vec<(PathBuf, String)>,
    request: &Request,
) -> Result<Vec<(Options, Vec<Input>)>, String> {
    let include_dirs =
        request.include.iter().map(|dir| folder(dir)).collect::<Result<Vec<_>, _>>()?;
    let given = match &request.kernel_root {
        Some(root) => Some((folder(root)?, names::clean(root))),
        None => None,
    };
    let mut roots = kernel::Roots::default();
    let mut groups: BTreeMap<Option<PathBuf>, (String, Vec<Input>)> = BTreeMap::new();
    // Files of a folder come one behind the other.
    let mut last: Option<(PathBuf, Option<PathBuf>)> = None;
    // As bytes: comparing paths by their parts takes many times as long.
    files.sort_unstable_by(|(a, shown), (b, other)| {
        (a.as_os_str(), shown).cmp(&(b.as_os_str(), other))
    });
    files.dedup_by(|(path, _), (first, _)| path.as_os_str() == first.as_os_str());
    for (path, shown) in files {
        let (root, root_shown) = match &given {
            Some((root, typed)) => {
                let name = names::root(root, &path, &shown).unwrap_or_else(|| typed.clone());
                (Some(root.clone()), name)
            }
            None => match path.parent().and_then(|dir| {
                let known = last.as_ref().filter(|(known, _)| known.as_os_str() == dir.as_os_str());
                if known.is_none() {
                    last = Some((dir.to_owned(), roots.above(dir)));
                }
                last.as_ref().and_then(|(_, root)| root.clone())
            }) {
                Some(root) => {
                    let name = names::root(&root, &path, &shown).unwrap_or_default();
                    (Some(root), name)
                }
                None => (None, String::new()),
            },
        };
        let group = groups.entry(root).or_insert_with(|| (root_shown.clone(), Vec::new()));
        // The arguments may lead to the tree by several names; the order must not choose.
        if (root_shown.len(), &root_shown) < (group.0.len(), &group.0) {
            group.0 = root_shown;
        }
        group.1.push(Input { path, shown });
    }
    let group = |(kernel_root, (kernel_root_shown, mut inputs)): (_, (_, Vec<Input>))| {
        inputs.sort_by(|a, b| (&a.shown, &a.path).cmp(&(&b.shown, &b.path)));
        let include_dirs = include_dirs.clone();
        let options =
            Options { kernel_root, kernel_root_shown, include_dirs, ..Options::default() };
        (options, inputs)
    };
    Ok(groups.into_iter().map(group).collect())
}

/// The kernel tree that a path is in.
pub(crate) fn kernel_above(path: &Path) -> Option<PathBuf> {
    let path = path.canonicalize().ok()?;
    kernel::Roots::default().above(if path.is_dir() { &path } else { path.parent()? })
}

/// The absolute path of a folder that must be there.
pub(crate) fn folder(path: &Path) -> Result<PathBuf, String> {
    match path.canonicalize() {
        Ok(found) if found.is_dir() => Ok(found),
        Ok(_) => Err(format!("{}: not a folder", path.display())),
        Err(error) => Err(format!("{}: {error}", path.display())),
    }
}

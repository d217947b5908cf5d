//! Which file counts.

use std::path::{Path, PathBuf};

use crate::inputs::is_root;

/// The name of the file.
pub(crate) const NAME: &str = "rculint.toml";

/// The nearest file in or above the folder that all paths lie in, up to the top of the kernel tree
/// that this folder is in, or else of the file system. The order of the paths does not matter.
pub(crate) fn nearest(paths: &[PathBuf]) -> Option<PathBuf> {
    let mut folders = paths.iter().filter_map(|path| {
        let path = path.canonicalize().ok()?;
        if path.is_dir() { Some(path) } else { path.parent().map(Path::to_owned) }
    });
    let first = folders.next()?;
    let common = folders.fold(first, |common, next| {
        let parts = common.components().zip(next.components());
        parts.take_while(|(a, b)| a == b).map(|(part, _)| part).collect()
    });
    for folder in common.ancestors() {
        let file = folder.join(NAME);
        if file.is_file() {
            return Some(file);
        }
        if is_root(folder) {
            break;
        }
    }
    None
}

/// How messages name a file: from the current folder, if it lies below or above it.
pub(crate) fn shown(file: &Path) -> String {
    let here = std::env::current_dir().and_then(|here| here.canonicalize()).unwrap_or_default();
    let folder = file.parent().unwrap_or(file);
    let name = match (file.strip_prefix(&here), here.strip_prefix(folder)) {
        (Ok(below), _) => below.to_owned(),
        (_, Ok(above)) => {
            let up: PathBuf = above.components().map(|_| "..").collect();
            up.join(file.file_name().unwrap_or_default())
        }
        _ => file.to_owned(),
    };
    name.to_string_lossy().into_owned()
}

//! How reports name files: the argument joined with the path below it.

use std::path::{Component, Path, PathBuf};

/// A path as typed, without `./` and doubled slashes; `.` is the empty name.
pub(super) fn clean(path: &Path) -> String {
    let kept: PathBuf =
        path.components().filter(|component| *component != Component::CurDir).collect();
    kept.to_string_lossy().into_owned()
}

/// `name/below`, either of which may be empty.
pub(super) fn join(name: &str, below: &Path) -> String {
    Path::new(name).join(below).to_string_lossy().into_owned()
}

/// The name of the folder `root` such that `root` joined with the path below it leads to `path`,
/// which is shown as `shown`. `None` if `path` is not below `root`.
pub(super) fn root(root: &Path, path: &Path, shown: &str) -> Option<String> {
    let mut below: Vec<_> = path.strip_prefix(root).ok()?.components().collect();
    let mut name = PathBuf::from(shown);
    while let (Some(last), Some(Component::Normal(typed))) =
        (below.last(), name.components().next_back())
    {
        if last.as_os_str() != typed {
            break;
        }
        below.pop();
        name.pop();
    }
    // The argument starts below the root (or is a symbolic link): go up from where it starts.
    name.extend(below.iter().map(|_| ".."));
    Some(name.to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cleaned() {
        for (typed, name) in
            [(".", ""), ("./fs/", "fs"), ("fs//aio.c", "fs/aio.c"), ("../a/./b", "../a/b")]
        {
            assert_eq!(clean(Path::new(typed)), name);
        }
        assert_eq!(join("", Path::new("fs/aio.c")), "fs/aio.c");
        assert_eq!(join("../linux", Path::new("fs/aio.c")), "../linux/fs/aio.c");
    }

    #[test]
    fn roots() {
        let name = |shown| root(Path::new("/a/linux"), Path::new("/a/linux/fs/aio.c"), shown);
        for (shown, expected) in [
            ("fs/aio.c", ""),
            ("/a/linux/fs/aio.c", "/a/linux"),
            ("../linux/fs/aio.c", "../linux"),
            ("aio.c", ".."),
            ("../fs/aio.c", ".."),
            ("../aio.c", "../.."),
        ] {
            assert_eq!(name(shown).as_deref(), Some(expected), "{shown}");
        }
        assert_eq!(root(Path::new("/b"), Path::new("/a/x.c"), "x.c"), None);
    }
}

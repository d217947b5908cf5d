//! Where findings go: standard output, or a file that is written whole.

use std::fs::{self, OpenOptions, Permissions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::args::{Check, ColorWhen, Format};
use crate::color;
use crate::format::{self, Folded, Run};
use crate::report::Report;
use crate::run::Failure;
use crate::temporary;

/// Writes the findings where the options say; `folded` has the same ones as `shown`.
pub(crate) fn write(
    options: &Check,
    shown: &Report,
    folded: &Folded<'_>,
    run: &Run,
) -> Result<(), Failure> {
    let Some(path) = file(options) else {
        let colors = color::on_stdout(options.color);
        let mut out = BufWriter::new(io::stdout().lock());
        print(&mut out, options.format, shown, folded, run, colors)?;
        return Ok(out.flush()?);
    };
    let mut text = Vec::new();
    let colors = matches!(options.color, ColorWhen::Always);
    print(&mut text, options.format, shown, folded, run, colors)?;
    replace(path, &text)
        .map_err(|error| Failure::Message(format!("cannot write {}: {error}", path.display())))
}

/// Whether it makes sense to start: a check takes a while.
pub(crate) fn can_be_written(options: &Check) -> Result<(), String> {
    match file(options).map(folder) {
        Some(folder) if !folder.is_dir() => {
            Err(format!("cannot write the output: {} is not a folder", folder.display()))
        }
        _ => Ok(()),
    }
}

/// The file, unless it is standard output.
fn file(options: &Check) -> Option<&Path> {
    options.output_file.as_deref().filter(|path| *path != Path::new("-"))
}

fn print(
    out: &mut dyn Write,
    format: Format,
    shown: &Report,
    folded: &Folded<'_>,
    run: &Run,
    colors: bool,
) -> io::Result<()> {
    match format {
        Format::Human => format::human(out, folded, colors),
        Format::Concise => format::concise(out, shown, colors),
        Format::Json => format::json(out, shown),
        Format::JsonLines => format::json_lines(out, shown),
        Format::Gcc => format::gcc(out, shown),
        Format::Checkpatch => format::checkpatch(out, shown),
        Format::Sarif => format::sarif(out, shown, run),
        Format::Github => format::github(out, shown),
        Format::Gitlab => format::gitlab(out, shown),
        Format::Rdjson => format::rdjson(out, shown),
        Format::Junit => format::junit(out, shown, run),
        Format::Markdown => format::markdown(out, shown, run),
    }
}

/// Puts a file in the place of another, so that nobody sees a half of it. What is no file (a pipe,
/// a terminal, /dev/null) is written to.
pub(crate) fn replace(path: &Path, text: &[u8]) -> io::Result<()> {
    let (real, mode) = match fs::metadata(path) {
        Ok(old) if !old.is_file() => {
            return OpenOptions::new().write(true).open(path)?.write_all(text);
        }
        // The link stays, and what it leads to is replaced.
        Ok(old) => (path.canonicalize()?, Some(old.permissions())),
        Err(_) => (path.to_owned(), None),
    };
    // The umask takes its part, as of every new file.
    let mut new = temporary::create(folder(&real), Some(Permissions::from_mode(0o666)))?;
    new.write_all(text)?;
    if let Some(mode) = mode {
        new.as_file().set_permissions(mode)?;
    }
    new.as_file().sync_all()?;
    new.persist(&real)?;
    Ok(())
}

fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    fn names(folder: &Path) -> Vec<PathBuf> {
        let mut names: Vec<_> =
            fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_is_replaced_and_keeps_its_mode() {
        let tree = tempfile::tempdir().unwrap();
        let (path, link) = (tree.path().join("out"), tree.path().join("link"));
        replace(&path, b"old").unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
        std::os::unix::fs::symlink("out", &link).unwrap();
        replace(&link, b"new").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(names(tree.path()), [PathBuf::from("link"), PathBuf::from("out")]);
    }

    #[test]
    fn what_is_no_file_stays_what_it_is() {
        replace(Path::new("/dev/null"), b"text").unwrap();
        assert!(!fs::metadata("/dev/null").unwrap().is_file());
        assert!(replace(Path::new("/"), b"text").is_err());
    }
}

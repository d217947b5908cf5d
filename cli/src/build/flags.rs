//! What matters of a compiler's flags; whatever else there is, is left alone.

use std::ffi::OsStr;
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// The flags of one compilation, with folders and files as written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Flags {
    /// Folders for `#include`, in the order in which the compiler searches them.
    pub include: Vec<PathBuf>,
    /// Files read first, as with `-include`.
    pub forced: Vec<PathBuf>,
    /// Preprocessor lines for `-D` and `-U`.
    pub macros: String,
}

/// Flags whose value is a word of its own or follows at once, and what they are for.
const VALUED: [(&str, Kind); 7] = [
    ("-include", Kind::Forced),
    ("-iquote", Kind::Folder(0)),
    ("-isystem", Kind::Folder(2)),
    ("-idirafter", Kind::Folder(3)),
    ("-I", Kind::Folder(1)),
    ("-D", Kind::Define),
    ("-U", Kind::Undefine),
];

#[derive(Clone, Copy)]
enum Kind {
    Forced,
    /// A folder, and the place of its kind in the compiler's order.
    Folder(u8),
    Define,
    Undefine,
}

impl Flags {
    /// Reads the words of a command.
    pub fn read<'a>(words: impl IntoIterator<Item = &'a OsStr>) -> Flags {
        let mut flags = Flags::default();
        let mut folders = Vec::new();
        // Names that are not UTF-8 are in no kernel's flags.
        let mut words = words.into_iter().filter_map(OsStr::to_str);
        while let Some(word) = words.next() {
            let known = |(flag, kind): &(&str, Kind)| Some((word.strip_prefix(flag)?, *kind));
            let Some((attached, kind)) = VALUED.iter().find_map(known) else { continue };
            let Some(value) =
                Some(attached).filter(|text| !text.is_empty()).or_else(|| words.next())
            else {
                break;
            };
            match kind {
                Kind::Forced => flags.forced.push(value.into()),
                Kind::Folder(order) => folders.push((order, PathBuf::from(value))),
                Kind::Define => flags.define(value),
                Kind::Undefine => {
                    let _ = writeln!(flags.macros, "#undef {value}");
                }
            }
        }
        folders.sort_by_key(|(order, _)| *order);
        flags.include = folders.into_iter().map(|(_, folder)| folder).collect();
        flags
    }

    fn define(&mut self, text: &str) {
        let (name, value) = text.split_once('=').unwrap_or((text, "1"));
        // kbuild gives each file names of its own (KBUILD_MODNAME); they are strings for messages.
        if !name.trim_start_matches('_').starts_with("KBUILD_") {
            let _ = writeln!(self.macros, "#define {name} {}", value.replace('\n', " "));
        }
    }

    /// The same with paths that start at `folder`.
    pub fn below(mut self, folder: &Path) -> Flags {
        for path in self.include.iter_mut().chain(&mut self.forced) {
            *path = folder.join(&*path);
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flags(line: &str) -> Flags {
        let words = shlex::split(line).unwrap();
        Flags::read(words.iter().map(OsStr::new))
    }

    #[test]
    fn read_from_a_command() {
        let read = flags(
            "gcc -Wp,-MMD,fs/.aio.o.d -nostdinc -I./include -isystem sys -iquote . -I arch/x86 \
             -include ./include/linux/kconfig.h -D__KERNEL__ -DKBUILD_MODNAME='\"aio\"' \
             -D 'DEPTH=3' -D'LOAD(p)=rcu_dereference(p)' -UDEBUG -Werror -c -o fs/aio.o fs/aio.c -I",
        );
        let folders = [".", "./include", "arch/x86", "sys"];
        assert_eq!(read.include, folders.map(PathBuf::from));
        assert_eq!(read.forced, [PathBuf::from("./include/linux/kconfig.h")]);
        assert_eq!(
            read.macros,
            "#define __KERNEL__ 1\n#define DEPTH 3\n#define LOAD(p) rcu_dereference(p)\n#undef DEBUG\n"
        );
        assert_eq!(read.below(Path::new("/k")).include[1], Path::new("/k/./include"));
    }
}

//! Commands that a build has left behind: `compile_commands.json` (clang's JSON compilation
//! database; `make compile_commands.json` writes it), and the `.NAME.o.cmd` files that kbuild keeps
//! beside each object (`scripts/Kbuild.include`).

use std::collections::HashMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use rculint_analyzer::index::normal;
use serde::Deserialize;

use super::flags::Flags;

/// The compilations of a build.
#[derive(Debug)]
pub(crate) enum Commands {
    /// From a database, by source.
    Database(HashMap<PathBuf, Flags>),
    /// From the files beside the objects in this folder.
    Beside(PathBuf),
    /// There are none.
    Nothing,
}

/// An entry of a database; either form of the command.
#[derive(Deserialize)]
struct Entry {
    directory: PathBuf,
    file: PathBuf,
    command: Option<String>,
    arguments: Option<Vec<String>>,
}

/// The file name of a database.
const DATABASE: &str = "compile_commands.json";

impl Commands {
    /// Those in `folder`, of sources that are `wanted`.
    ///
    /// # Errors
    /// A database that cannot be read: a message that names it.
    pub fn find(folder: &Path, wanted: impl Fn(&Path) -> bool) -> Result<Commands, String> {
        let database = folder.join(DATABASE);
        if database.is_file() {
            return read(&database, wanted).map(Commands::Database);
        }
        // What a configured tree has; without it there is no file to look for.
        let configured = folder.join("include/config/auto.conf").is_file();
        Ok(if configured { Commands::Beside(folder.to_owned()) } else { Commands::Nothing })
    }

    /// The flags for a source, which lies at `below` from the top of the kernel.
    pub fn flags(&self, source: &Path, below: &Path) -> Option<Flags> {
        match self {
            Commands::Database(all) => all.get(source).cloned(),
            Commands::Beside(folder) => {
                let name = format!(".{}.o.cmd", below.file_stem()?.to_str()?);
                let text = std::fs::read_to_string(folder.join(below).with_file_name(name)).ok()?;
                Some(of_command(saved(&text)?)?.below(folder))
            }
            Commands::Nothing => None,
        }
    }
}

fn read(
    database: &Path,
    wanted: impl Fn(&Path) -> bool,
) -> Result<HashMap<PathBuf, Flags>, String> {
    let named = |error: String| format!("{}: {error}", database.display());
    let text = std::fs::read(database).map_err(|error| named(error.to_string()))?;
    let entries: Vec<Entry> = serde_json::from_slice(&text)
        .map_err(|error| named(format!("not a compilation database: {error}")))?;
    let flags = entries.into_iter().filter_map(|entry| {
        let source = normal(&entry.directory.join(&entry.file));
        if !wanted(&source) {
            return None;
        }
        let flags = match (entry.arguments, entry.command) {
            (Some(words), _) => Flags::read(words.iter().map(OsStr::new)),
            (None, command) => of_command(&command?)?,
        };
        Some((source, flags.below(&entry.directory)))
    });
    Ok(flags.collect())
}

/// The command that a `.cmd` file saves: its first line, without what runs after the compiler.
fn saved(text: &str) -> Option<&str> {
    let (name, command) = text.lines().next()?.split_once(":=")?;
    name.trim_start_matches("saved").starts_with("cmd_").then_some(command)
}

fn of_command(command: &str) -> Option<Flags> {
    // kbuild writes `#` as make wants it, and runs objtool in the same line.
    let command = command.replace("$(pound)", "#").replace("\\#", "#").replace("$$", "$");
    let words = shlex::split(&command)?;
    let compiler = words.iter().take_while(|word| word.as_str() != ";");
    Some(Flags::read(compiler.map(OsStr::new)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_saved_command_ends_where_the_compiler_does() {
        let text = "savedcmd_fs/a.o := gcc -I./include -DX='\"$(pound)1\"' -c -o fs/a.o fs/a.c ; \
                    ./objtool -Inone fs/a.o\n\nsource_fs/a.o := fs/a.c\n";
        let flags = of_command(saved(text).unwrap()).unwrap();
        assert_eq!(flags.include, [PathBuf::from("./include")]);
        assert_eq!(flags.macros, "#define X \"#1\"\n");
        assert_eq!(saved("deps_fs/a.o := x\n"), None);
        assert_eq!(saved(""), None);
    }

    #[test]
    fn both_forms_of_a_database() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(DATABASE);
        let text = r#"[
            {"directory": "/b", "file": "../k/fs/a.c", "command": "cc -Iinc -c ../k/fs/a.c"},
            {"directory": "/b", "file": "/k/fs/b.c", "arguments": ["cc", "-I", "/k/i"], "output": "b.o"},
            {"directory": "/b", "file": "/k/fs/c.c", "command": "cc"}
        ]"#;
        std::fs::write(&file, text).unwrap();
        let commands = Commands::find(folder.path(), |path| !path.ends_with("c.c")).unwrap();
        let include = |source: &str| {
            let flags = commands.flags(Path::new(source), Path::new("fs/x.c"));
            flags.map(|flags| flags.include)
        };
        assert_eq!(include("/k/fs/a.c"), Some(vec![PathBuf::from("/b/inc")]));
        assert_eq!(include("/k/fs/b.c"), Some(vec![PathBuf::from("/k/i")]));
        assert_eq!(include("/k/fs/c.c"), None);
        std::fs::write(&file, "{").unwrap();
        let error = Commands::find(folder.path(), |_| true).unwrap_err();
        assert!(error.contains("compile_commands.json: not a compilation database"), "{error}");
    }
}

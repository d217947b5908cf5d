//! The words with which kbuild calls a checker: `$(CHECK) $(CHECKFLAGS) $(c_flags) SOURCE`
//! (`scripts/Makefile.build`, `cmd_checksrc`).

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use rculint_rules::registry;

use crate::build::Flags;

/// What kbuild asks for.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Call {
    /// The file to check.
    pub source: PathBuf,
    /// What the compiler's flags tell.
    pub flags: Flags,
    /// Rules that `-WNAME` turns on.
    pub on: Vec<String>,
    /// Rules that `-Wno-NAME` turns off.
    pub off: Vec<String>,
    /// Whether findings make the exit status 1, and stop the build.
    pub fail: bool,
    /// What stands before the level of a finding.
    pub prefix: String,
}

/// Flags of rculint itself that may come without a subcommand.
const OWN: [&str; 4] = ["-h", "--help", "-V", "--version"];

/// Makes findings fail, as `-Wsparse-error` does for sparse. (`-Werror` is for the compiler.)
const FAIL: &str = "rculint-error";

/// What `-fdiagnostic-prefix` puts before the level, unless it says what.
const PREFIX: &str = "rculint";

impl Call {
    /// The call, if the words (without the program's name) are one.
    pub fn recognise(words: &[OsString]) -> Option<Call> {
        let first = words.first()?.to_str()?;
        let (source, words) = words.split_last()?;
        let is_flag = first.starts_with('-') && !OWN.contains(&first);
        let is_source = Path::new(source).extension().is_some_and(|end| end == "c");
        if !is_flag || !is_source {
            return None;
        }
        let flags = Flags::read(words.iter().map(OsString::as_os_str));
        let mut call = Call { source: source.into(), flags, ..Call::default() };
        for word in words.iter().filter_map(|word| word.to_str()) {
            if let Some(name) = word.strip_prefix("-W") {
                call.warning(name);
            } else if let Some(rest) = word.strip_prefix("-fdiagnostic-prefix") {
                call.prefix = format!("{}: ", rest.strip_prefix('=').unwrap_or(PREFIX));
            }
        }
        Some(call)
    }

    /// Takes `-Wname`, if it is about a rule; the others are the compiler's.
    fn warning(&mut self, name: &str) {
        if name == FAIL {
            self.fail = true;
            return;
        }
        let (list, rule) = match name.strip_prefix("no-") {
            Some(rule) => (&mut self.off, rule),
            None => (&mut self.on, name),
        };
        if registry::find(rule).is_some() {
            list.push(rule.to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(line: &str) -> Option<Call> {
        Call::recognise(&line.split_whitespace().map(OsString::from).collect::<Vec<_>>())
    }

    #[test]
    fn recognised() {
        let found = call(
            "-D__linux__ -Wbitwise --arch=x86 -Wp,-MMD,fs/.aio.o.d -nostdinc -I./include \
             -I arch/x86/include -include ./include/linux/kconfig.h -Werror -c -o fs/aio.o fs/aio.c",
        );
        let found = found.unwrap();
        assert_eq!(found.source, Path::new("fs/aio.c"));
        let folders = ["./include", "arch/x86/include"].map(PathBuf::from);
        assert_eq!(found.flags.include, folders);
        let rest = (found.on.len(), found.off.len(), found.fail, found.prefix.as_str());
        assert_eq!(rest, (0, 0, false, ""));
    }

    #[test]
    fn flags_for_rculint() {
        let found =
            call("-Wrcu206 -Wno-plain-test -Wrculint-error -fdiagnostic-prefix x.c").unwrap();
        assert_eq!(
            (found.on, found.off),
            (vec!["rcu206".to_owned()], vec!["plain-test".to_owned()])
        );
        assert!(found.fail);
        assert_eq!(found.prefix, "rculint: ");
        assert_eq!(call("-fdiagnostic-prefix=ci x.c").unwrap().prefix, "ci: ");
    }

    #[test]
    fn left_to_the_usual_arguments() {
        for line in ["check fs/aio.c", "--help", "fs/aio.c", "-h x.c", "-DX", "-DX fs/aio.h", "x.c"]
        {
            assert_eq!(call(line), None, "{line}");
        }
    }
}

//! Being called as kbuild calls a checker: compiler flags, the source last, no subcommand.
//!
//! A checker that fails stops the build, so neither findings nor an internal error change the exit
//! status (a source that is not there does), and flags that this tool does not know are left alone.

use std::ffi::{OsStr, OsString};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use rculint_rules::diagnostic::Severity;

use crate::args::Reading;
use crate::config::{Given, Settings};
use crate::console::say;
use crate::engine::{self, Results};
use crate::report::Report;
use crate::run::Outcome;
use crate::{CLEAN, check, format};

/// What kbuild asks for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Call {
    source: PathBuf,
    include: Vec<PathBuf>,
}

/// Flags of rculint itself that may come without a subcommand.
const OWN: [&str; 4] = ["-h", "--help", "-V", "--version"];

/// The call, if the words (without the program's name) are one.
pub(crate) fn recognise(words: &[OsString]) -> Option<Call> {
    let first = words.first()?.to_str()?;
    let source = Path::new(words.last()?);
    let is_flag = first.starts_with('-') && !OWN.contains(&first);
    let is_source = source.extension().is_some_and(|end| end == "c");
    if !is_flag || !is_source {
        return None;
    }
    let mut include = Vec::new();
    let mut flags = words[..words.len() - 1].iter();
    while let Some(flag) = flags.next() {
        match flag.as_encoded_bytes() {
            b"-I" => include.extend(flags.next().map(PathBuf::from)),
            [b'-', b'I', ..] => include.extend(attached(flag)),
            _ => {}
        }
    }
    Some(Call { source: source.to_owned(), include })
}

/// `include` of `-Iinclude`.
fn attached(flag: &OsStr) -> Option<PathBuf> {
    flag.to_str()?.strip_prefix("-I").map(PathBuf::from)
}

/// Checks the source.
pub(crate) fn run(call: &Call) -> Outcome {
    // The flags name folders that only some builds make.
    let include = call.include.iter().filter(|folder| folder.is_dir()).cloned().collect();
    let reading = Reading {
        paths: vec![call.source.clone()],
        include,
        kernel_root: None,
        config: None,
        no_config: false,
        arch: Vec::new(),
        dotconfig: None,
        jobs: std::num::NonZeroUsize::new(1),
        no_progress: true,
        quiet: true,
        verbose: false,
    };
    let settings = Settings::load(&reading, Given::default())?;
    let scope = check::Scope { policy: &settings.policy, gaps: false, texts: false };
    let files = engine::disk();
    let results = engine::run(settings.check_plan()?, &files, &reading, |workspace, index| {
        check::check_file(workspace, files.as_ref(), index, &scope)
    })?;
    let results = Results { policy: Some(settings.policy.clone()), ..results };
    for problem in &results.problems {
        say(problem);
    }
    let report = Report::of(&results);
    let mut out = io::stderr().lock();
    format::kbuild(&mut out, &report.from_level(Severity::Warning))?;
    out.flush()?;
    Ok(CLEAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(line: &str) -> Option<Call> {
        recognise(&line.split(' ').map(OsString::from).collect::<Vec<_>>())
    }

    #[test]
    fn recognised() {
        let line = "-D__linux__ -Wbitwise --arch=x86 -Wp,-MMD,fs/.aio.o.d -nostdinc -I./include \
                    -I arch/x86/include -include ./include/linux/kconfig.h -c -o fs/aio.o fs/aio.c";
        let found = call(&line.split_whitespace().collect::<Vec<_>>().join(" ")).unwrap();
        assert_eq!(found.source, Path::new("fs/aio.c"));
        assert_eq!(found.include, [Path::new("./include"), Path::new("arch/x86/include")]);
    }

    #[test]
    fn left_to_the_usual_arguments() {
        for line in ["check fs/aio.c", "--help", "fs/aio.c", "-h x.c", "-DX", "-DX fs/aio.h"] {
            assert_eq!(call(line), None, "{line}");
        }
    }
}

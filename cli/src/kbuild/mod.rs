//! Being called as kbuild calls a checker: compiler flags, the source last, no subcommand.
//!
//! A checker that fails stops the build, so neither findings nor an internal error change the exit
//! status (a source that is not there does), and flags that this tool does not know are left alone.

mod call;

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use rculint_analyzer::files::FileSystem;
use rculint_analyzer::items::includes;
use rculint_rules::diagnostic::Severity;
use rculint_rules::registry;

use crate::args::Reading;
use crate::build::{self, Written};
use crate::config::{Given, Settings};
use crate::console::say;
use crate::engine::{Results, Threads};
use crate::inputs::{self, Plan, Request, TextOnly};
use crate::report::Report;
use crate::run::Outcome;
use crate::{CLEAN, FOUND, check, engine, format};
use call::Call;

/// Runs the check, if the words (without the program's name) are a call by kbuild.
pub(crate) fn attempt(words: &[OsString]) -> Option<Outcome> {
    Call::recognise(words).map(|call| run(&call))
}

fn run(call: &Call) -> Outcome {
    let settings = settings(call)?;
    let plan = plan(call, &settings)?;
    let files = engine::disk(&plan);
    let scope = check::Scope { policy: &settings.policy, gaps: false, texts: false };
    // make runs as many at once as there is room for.
    let threads = Threads { number: 1, progress: false };
    let results = engine::run(plan, &files, threads, |workspace, index| {
        check::check_file(workspace, files.as_ref(), index, &scope)
    })?;
    let results = Results { policy: Some(settings.policy.clone()), ..results };
    for problem in &results.problems {
        say(problem);
    }
    let report = Report::of(&results).from_level(Severity::Warning);
    let mut out = io::stderr().lock();
    format::kbuild(&mut out, &report, &call.prefix)?;
    out.flush()?;
    Ok(if call.fail && !report.findings.is_empty() { FOUND } else { CLEAN })
}

/// The source and its own headers, with the headers that the flags lead to.
fn plan(call: &Call, settings: &Settings) -> Result<Plan, String> {
    let below = std::env::current_dir().map_err(|error| format!("current folder: {error}"))?;
    let flags = call.flags.clone().below(&below);
    let mut paths = vec![call.source.clone()];
    paths.extend(own_headers(&TextOnly, &call.source));
    let Reading { include, kernel_root, .. } = settings.reading.clone();
    let mut request = Request { paths, include, kernel_root };
    if request.kernel_root.is_none() && inputs::kernel_above(&below.join(&call.source)).is_none() {
        // A module outside the tree that it is built for.
        request.kernel_root = flags.include.iter().find_map(|folder| inputs::kernel_above(folder));
    }
    let mut plan = inputs::plan(&request)?;
    settings.restrict(&mut plan)?;
    let mut written = Written::default();
    for (options, inputs) in &mut plan.groups {
        // The order of the flags decides, with folders that only some builds make left out.
        let folders = flags.include.iter().filter_map(|folder| folder.canonicalize().ok());
        let own = std::mem::take(&mut options.include_dirs);
        options.include_dirs = folders.filter(|folder| folder.is_dir()).chain(own).collect();
        let root = options.kernel_root.clone().unwrap_or_default();
        for input in inputs {
            build::add(&mut options.build, &root, &input.path, &flags, &mut written);
        }
    }
    plan.written = written.texts();
    Ok(plan)
}

/// The headers beside a source that it includes, directly or through each other. Nobody else would
/// have them checked in a build, and those of the whole kernel would be told of again for each file.
fn own_headers(files: &dyn FileSystem, source: &Path) -> BTreeSet<PathBuf> {
    let folder = source.parent().unwrap_or(Path::new(""));
    let mut found = BTreeSet::new();
    let mut next = vec![source.to_owned()];
    while let Some(path) = next.pop() {
        let Ok(bytes) = files.read(&path) else { continue };
        for include in includes(&bytes).iter().filter(|include| include.quoted) {
            let header = folder.join(&*include.path);
            let is_beside =
                !include.path.contains('/') && header.extension().is_some_and(|end| end == "h");
            if is_beside && files.is_file(&header) && found.insert(header.clone()) {
                next.push(header);
            }
        }
    }
    found
}

/// What the configuration says; the rules, if the flags name some: those that run by default, and
/// these.
fn settings(call: &Call) -> Result<Settings, String> {
    let mut select = Vec::new();
    if !call.on.is_empty() {
        let usual = registry::RULES.iter().filter(|rule| !rule.is_preview());
        select.extend(usual.map(|rule| rule.code.to_owned()));
        select.extend(call.on.iter().cloned());
    }
    let reading = Reading { paths: vec![call.source.clone()], ..Reading::default() };
    Settings::load(&reading, Given { select: &select, ignore: &call.off, ..Given::default() })
}

#[cfg(test)]
mod tests {
    use rculint_analyzer::files::Memory;

    use super::*;

    #[test]
    fn headers_beside_the_source_are_its_own() {
        let mut files = Memory::default();
        files.add("d/a.c", "#include <linux/x.h>\n#include \"a.h\"\n#include \"e/far.h\"\n");
        files.add("d/a.h", "#include \"b.h\"\n#include \"a.h\"\n#include \"none.h\"\n");
        for path in ["d/b.h", "d/c.h", "d/e/far.h", "linux/x.h"] {
            files.add(path, "");
        }
        let found = own_headers(&files, Path::new("d/a.c"));
        assert_eq!(found, ["d/a.h", "d/b.h"].map(PathBuf::from).into());
    }
}

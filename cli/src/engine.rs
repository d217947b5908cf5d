//! Runs work over all files in parallel, in an order that does not show in the results.

use std::io;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use rayon::ThreadPool;
use rayon::prelude::*;
use rculint_analyzer::files::{FileSystem, Overlay};
use rculint_analyzer::kernel::version::Version;
use rculint_analyzer::text::SourceFile;
use rculint_analyzer::{Input, Options, Workspace};

use crate::args::Reading;
use crate::build;
use crate::config::Policy;
use crate::console::say;
use crate::guard::guarded;
use crate::inputs::{self, Plan, Request, TextOnly};
use crate::progress::Progress;
use crate::timings::Timings;

/// Parsing goes as deep as the code nests, and generated code nests deep.
const STACK: usize = 64 << 20;

/// The results of the files that could be worked on, and what went wrong with the others.
#[derive(Clone, Debug)]
pub(crate) struct Results<T> {
    /// One entry a file, sorted by shown name.
    pub files: Vec<(Input, T)>,
    /// Messages, sorted by file.
    pub problems: Vec<String>,
    /// The kernel trees and, last, the current folder: where paths start that every run gives alike.
    pub tops: Vec<PathBuf>,
    /// All files of the kernel trees were looked at.
    pub whole: bool,
    /// What is to be done with findings.
    pub policy: Option<Arc<Policy>>,
    /// Where the time went.
    pub timings: Timings,
}

impl<T> Results<T> {
    /// What holds for the results of a plan, without any.
    pub fn none(plan: &Plan) -> Results<T> {
        let roots = plan.groups.iter().filter_map(|(options, _)| options.kernel_root.clone());
        Results {
            files: Vec::new(),
            problems: Vec::new(),
            tops: roots.chain(std::env::current_dir()).collect(),
            whole: !plan.groups.is_empty() && plan.groups.iter().all(|(options, _)| options.whole),
            policy: None,
            timings: Timings::default(),
        }
    }

    /// The same with something made of each result, or none.
    pub fn map<U>(self, mut make: impl FnMut(T) -> Option<U>) -> Results<U> {
        let Results { files, problems, tops, whole, policy, timings } = self;
        let files = files.into_iter();
        let files = files.filter_map(|(input, value)| Some((input, make(value)?))).collect();
        Results { files, problems, tops, whole, policy, timings }
    }
}

/// Finds the files that `reading` names.
pub(crate) fn plan(reading: &Reading) -> Result<Plan, String> {
    let mut plan = inputs::plan(&request(reading))?;
    let compiled = built(&mut plan, reading)?;
    if reading.verbose {
        if compiled > 0 || reading.build_dir.is_some() {
            let files = crate::console::count(compiled, "file");
            say(&format!("the flags of a build are used for {files}"));
        }
        for folder in &plan.empty {
            say(&format!("{folder}: no .c, .h or .rs files"));
        }
        for (options, inputs) in &plan.groups {
            let files = crate::console::count(inputs.len(), "file");
            say(&match &options.kernel_root {
                Some(root) => {
                    let version = Version::of_tree(&TextOnly, root);
                    format!("{files} in the kernel tree {}, version {version}", root.display())
                }
                None => format!("{files} outside a kernel tree"),
            });
        }
    }
    Ok(plan)
}

/// What the arguments ask to be read.
pub(crate) fn request(reading: &Reading) -> Request {
    let Reading { paths, include, kernel_root, .. } = reading.clone();
    Request { paths, include, kernel_root }
}

/// Has the files of a plan read as a build compiled them; the number of those that it did.
pub(crate) fn built(plan: &mut Plan, reading: &Reading) -> Result<usize, String> {
    let folder = reading.build_dir.as_deref().map(inputs::folder).transpose()?;
    build::apply(plan, folder.as_deref())
}

/// As many threads as are asked for.
pub(crate) fn pool(threads: Threads) -> Result<ThreadPool, String> {
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads.number)
        .stack_size(STACK)
        .build()
        .map_err(|error| format!("cannot start threads: {error}"))
}

/// The files as they are on disk, and those that are nowhere else than in the plan.
pub(crate) fn disk(plan: &Plan) -> Arc<dyn FileSystem> {
    with_written(Arc::new(TextOnly), plan)
}

/// Files, and those that are nowhere else than in the plan.
pub(crate) fn with_written(files: Arc<dyn FileSystem>, plan: &Plan) -> Arc<dyn FileSystem> {
    if plan.written.is_empty() {
        return files;
    }
    let written = plan.written.iter().map(|(path, text)| (path.clone(), Some(text.clone())));
    Arc::new(Overlay::new(files, written.collect()))
}

/// How to run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Threads {
    /// How many; 0: one a processor.
    pub number: usize,
    /// Whether to show how far it is.
    pub progress: bool,
}

impl From<&Reading> for Threads {
    fn from(reading: &Reading) -> Threads {
        Threads {
            number: reading.jobs.map_or(0, NonZeroUsize::get),
            progress: !reading.no_progress && !reading.quiet,
        }
    }
}

/// Runs `work` for every file of the plan; the files are read from `files`.
pub(crate) fn run<T: Send>(
    plan: Plan,
    files: &Arc<dyn FileSystem>,
    threads: impl Into<Threads>,
    work: impl Fn(&Workspace, usize) -> io::Result<T> + Sync,
) -> Result<Results<T>, String> {
    let all = |workspace: &Workspace| (0..workspace.inputs().len()).collect();
    run_some(plan, files, threads, all, work)
}

/// Runs `work` for the files that `pick` names, in each kernel tree.
pub(crate) fn run_some<T: Send>(
    plan: Plan,
    files: &Arc<dyn FileSystem>,
    threads: impl Into<Threads>,
    pick: impl Fn(&Workspace) -> Vec<usize> + Sync + Send,
    work: impl Fn(&Workspace, usize) -> io::Result<T> + Sync,
) -> Result<Results<T>, String> {
    run_loaded(plan, files, threads, Workspace::load, pick, work, |_| ())
}

/// The same with files that `load` reads, and a last look at each tree.
pub(crate) fn run_loaded<T: Send>(
    plan: Plan,
    files: &Arc<dyn FileSystem>,
    threads: impl Into<Threads>,
    load: impl Fn(Arc<dyn FileSystem>, Vec<Input>, Options) -> Workspace + Sync,
    pick: impl Fn(&Workspace) -> Vec<usize> + Sync + Send,
    work: impl Fn(&Workspace, usize) -> io::Result<T> + Sync,
    mut last: impl FnMut(&Workspace),
) -> Result<Results<T>, String> {
    let threads = threads.into();
    let pool = pool(threads)?;
    let total = plan.groups.iter().map(|(_, inputs)| inputs.len()).sum();
    let progress = Progress::new(total, threads.progress);
    let mut results = Results::none(&plan);
    results.files.reserve(total);
    let mut failed = Vec::new();
    for (options, inputs) in plan.groups {
        let number = inputs.len();
        let start = Instant::now();
        let loaded = pool.install(|| {
            guarded(|| {
                let workspace = load(files.clone(), inputs, options);
                let picked = pick(&workspace);
                (workspace, picked)
            })
        });
        let (workspace, picked) = match loaded {
            Ok(loaded) => loaded,
            Err(panic) => {
                progress.finish();
                return Err(format!("internal error: {panic}"));
            }
        };
        results.timings.reading += start.elapsed();
        let start = Instant::now();
        (picked.len()..number).for_each(|_| progress.step());
        let done: Vec<_> = pool.install(|| {
            picked
                .into_par_iter()
                .map(|index| {
                    let start = Instant::now();
                    let done = attempt(|| work(&workspace, index));
                    progress.step();
                    (index, done, start.elapsed())
                })
                .collect()
        });
        results.timings.elapsed += start.elapsed();
        last(&workspace);
        let mut took = Vec::with_capacity(done.len());
        for (index, done, time) in done {
            let input = &workspace.inputs()[index];
            took.push((time, input.shown.clone()));
            match done {
                Ok(value) => results.files.push((input.clone(), value)),
                Err(trouble) => failed.push((input.shown.clone(), trouble.describe(&input.shown))),
            }
        }
        results.timings.add(took);
        for (name, text) in workspace.troubles() {
            if !failed.iter().any(|(told, _)| told == name) {
                failed.push((name.clone(), Trouble::Panic(text.clone()).describe(name)));
            }
        }
    }
    progress.finish();
    failed.extend(plan.problems.into_iter().map(|(name, reason)| {
        let message = format!("rculint: error: {name}: {reason}");
        (name, message)
    }));
    failed.sort();
    results.problems = failed.into_iter().map(|(_, message)| message).collect();
    results.files.sort_by(|(a, _), (b, _)| (&a.shown, &a.path).cmp(&(&b.shown, &b.path)));
    Ok(results)
}

/// Why a file has no result.
#[derive(Debug)]
enum Trouble {
    Unreadable(io::Error),
    Panic(String),
}

impl Trouble {
    fn describe(&self, file: &str) -> String {
        match self {
            Trouble::Unreadable(error) => format!("rculint: error: {file}: {error}"),
            Trouble::Panic(text) => format!("rculint: internal error in {file}: {text}"),
        }
    }
}

fn attempt<T>(work: impl FnOnce() -> io::Result<T>) -> Result<T, Trouble> {
    guarded(work).map_err(Trouble::Panic)?.map_err(Trouble::Unreadable)
}

/// The text of an input, for positions. Sources are read again when needed, not kept.
pub(crate) fn source(files: &dyn FileSystem, input: &Input) -> io::Result<SourceFile> {
    files.read(&input.path).map(SourceFile::new)
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use rculint_analyzer::Options;

    use super::*;
    use crate::args::{Arguments, Command};
    use clap::Parser;

    fn reading(jobs: &str) -> Reading {
        let Command::Check(check) =
            Arguments::parse_from(["rculint", "check", "-q", "-j", jobs]).command
        else {
            unreachable!()
        };
        check.reading
    }

    fn plan_of(names: &[&str]) -> Plan {
        let inputs = names
            .iter()
            .map(|name| Input { path: PathBuf::from("/none").join(name), shown: (*name).into() })
            .collect();
        Plan { groups: vec![(Options::default(), inputs)], ..Plan::default() }
    }

    #[test]
    fn a_panic_costs_one_file() {
        for jobs in ["1", "3"] {
            let results = run(
                plan_of(&["a.c", "b.c", "c.c"]),
                &disk(&Plan::default()),
                &reading(jobs),
                |space, index| match index {
                    1 => panic!("lost count"),
                    2 => Err(io::ErrorKind::PermissionDenied.into()),
                    _ => Ok(space.inputs()[index].shown.clone()),
                },
            )
            .unwrap();
            assert_eq!(results.files.len(), 1);
            assert_eq!(results.files[0].1, "a.c");
            assert!(results.problems[0].starts_with("rculint: internal error in b.c: lost count"));
            assert_eq!(results.problems[1], "rculint: error: c.c: permission denied");
        }
    }

    #[test]
    fn threads_have_room_for_deep_code() {
        fn deep(levels: usize) -> usize {
            let room = std::hint::black_box([levels; 128]);
            if levels == 0 { 0 } else { deep(levels - 1) + room[5] / levels }
        }
        let results =
            run(plan_of(&["a.c"]), &disk(&Plan::default()), &reading("1"), |_, _| Ok(deep(15_000)))
                .unwrap();
        assert_eq!(results.files[0].1, 15_000);
    }
}

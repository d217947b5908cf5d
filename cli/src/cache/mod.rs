//! What is kept of a run, so that the next one works only on what has changed.
//!
//! A run notes all that it sees of the disk ([`witness`]), which files lead to which, and on what the
//! result of each file rests beside what it sees through includes ([`rculint_analyzer::rests`]). The next
//! one of the same kind ([`Cache::key`]) looks at all that again. Where only bytes of source files differ,
//! it checks those inputs anew that this can matter to ([`affected`]); where more does, all of them. The
//! results are the same as without, always.

mod affected;
mod again;
mod command;
mod kept;
mod record;
mod store;
mod witness;

use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use rculint_analyzer::evidence::Given;
use rculint_analyzer::files::FileSystem;
use rculint_analyzer::rests::{self, Rests};
use rculint_analyzer::{Digests, Includes, Input, Options, Whose, Workspace};
use rustc_hash::FxHashMap;

use crate::args::Check;
use crate::check::{Checked, Scope, check_file};
use crate::console::{count, say};
use crate::engine::{self, Results};
use crate::inputs::Plan;

use again::Again;
pub(crate) use command::command;
use kept::Kept;
pub(crate) use record::is_part;
use record::{Graph, Links, Prints, Record};
use store::Store;
use witness::{Print, Sight, Witness, print};

/// Where results are kept, and of which kind of run.
#[derive(Debug)]
pub(crate) struct Cache {
    store: Store,
    /// Say what becomes of it.
    verbose: bool,
}

impl Cache {
    /// The cache for a run, if it is to have one: not of a single file, which is checked as fast as it
    /// would be found, nor of files that are not on the disk.
    pub fn of(options: &Check, plan: &Plan, scope: &Scope<'_>) -> Option<Cache> {
        if options.no_cache || !plan.problems.is_empty() || !plan.written.is_empty() {
            return None;
        }
        let [(reading, inputs)] = &plan.groups[..] else { return None };
        if inputs.len() < 2 {
            return None;
        }
        let top = options.cache_dir.clone().or_else(store::usual)?;
        let key = Cache::key(options, reading, scope)?;
        Some(Cache { store: Store::new(&top, key), verbose: options.reading.verbose })
    }

    /// What results depend on beside the files that are read: this program, how files are named and
    /// read, which rules run, and what the configuration says of the kernel.
    fn key(options: &Check, reading: &Options, scope: &Scope<'_>) -> Option<Print> {
        let program = std::fs::metadata(std::env::current_exe().ok()?).ok()?;
        let built = program.modified().ok()?;
        let selection = scope.policy.selection();
        let here = std::env::current_dir().ok()?;
        let paths = &options.reading.paths;
        let dotconfig = scope.policy.dotconfig();
        let extra = rculint_analyzer::kernel::extra::added();
        let all = (program.len(), built, reading, selection, here, paths, dotconfig, extra);
        Some(print(format!("{all:?} {} {:?}", scope.gaps, options.reading.lang).as_bytes()))
    }

    /// Tells those who want to know.
    fn tell(&self, line: &str) {
        if self.verbose {
            say(line);
        }
    }

    /// Checks all files of a plan, or those that what is kept cannot speak for.
    ///
    /// # Errors
    /// As [`engine::run`].
    pub fn check(
        &self,
        options: &Check,
        plan: Plan,
        files: &Arc<dyn FileSystem>,
        scope: &Scope<'_>,
    ) -> Result<Results<Checked>, String> {
        let again = Again { cache: self, options, plan: &plan, files, scope };
        let mut results = match again.run()? {
            Some(results) => results,
            None => self.anew(options, plan, files, scope)?,
        };
        if scope.texts {
            for (input, checked) in &mut results.files {
                if !checked.diagnostics.is_empty() {
                    checked.text = files.read(&input.path).ok();
                }
            }
        }
        Ok(results)
    }

    /// Checks all files of a plan, and keeps what that comes to.
    fn anew(
        &self,
        options: &Check,
        plan: Plan,
        files: &Arc<dyn FileSystem>,
        scope: &Scope<'_>,
    ) -> Result<Results<Checked>, String> {
        let witness = Arc::new(Witness::new(files.clone(), Sight::default()));
        let seen: Arc<dyn FileSystem> = witness.clone();
        let parts: Mutex<Option<(Record, Links)>> = Mutex::default();
        let load = |files: Arc<dyn FileSystem>, inputs: Vec<Input>, mut options: Options| {
            options.keep = true;
            let mut workspace = Workspace::load(files, inputs, options);
            let kept = self.told(self.parts(&mut workspace));
            *parts.lock().expect("no panic while locked") = kept.flatten();
            workspace
        };
        let mut given = Given::default();
        let inputs = record::of_inputs(&plan.groups[0].1);
        let all = |workspace: &Workspace| (0..workspace.inputs().len()).collect();
        let results = engine::run_loaded(
            plan,
            &seen,
            &options.reading,
            load,
            all,
            traced(seen.as_ref(), scope),
            |workspace| given = workspace.given(),
        )?;
        let parts = parts.into_inner().expect("no panic while locked");
        if let (true, Some((mut record, mut links)), Some(sight)) =
            (results.problems.is_empty(), parts, witness.take())
        {
            record.inputs = inputs;
            links.given = given;
            let checks = results.files.iter().map(|(_, (checked, _))| Kept::of(checked)).collect();
            let rests = results.files.iter().map(|(_, (_, rests))| rests.clone()).collect();
            let all = All { sight, links, kept: checks, rests };
            let pool = engine::pool((&options.reading).into())?;
            self.told(pool.install(|| all.put(self, &mut record, &|_| true, &|_| true)));
        }
        Ok(results.map(|(checked, _)| Some(checked)))
    }

    /// What a record needs of a workspace beside its results; `None` if it has nothing to be kept.
    fn parts(&self, workspace: &mut Workspace) -> io::Result<Option<(Record, Links)>> {
        let Some(digests) = workspace.take_digests() else { return Ok(None) };
        let includes = Graph::of(&workspace.includes());
        let (headers, code) = prints(&digests, &includes);
        let links = Links { includes, headers, code, ..Links::default() };
        let mut record = Record::default();
        record.put_tables(&self.store, workspace.tables())?;
        record.put_digests(&self.store, &digests, &|_| true, &|_| true)?;
        Ok(Some((record, links)))
    }

    /// Something that was written, or tells why it could not be.
    fn told<T>(&self, written: io::Result<T>) -> Option<T> {
        if let Err(error) = &written {
            self.tell(&format!("the cache cannot be written: {error}"));
        }
        written.ok()
    }
}

/// All that is known of a run, for the next one.
struct All {
    sight: Sight,
    links: Links,
    kept: Vec<Kept>,
    rests: Vec<Rests>,
}

impl All {
    /// Keeps it: the files in the places `seen`, and the checks of the inputs `checked`, are new.
    fn put(
        &self,
        cache: &Cache,
        record: &mut Record,
        seen: &(dyn Fn(usize) -> bool + Sync),
        checked: &(dyn Fn(usize) -> bool + Sync),
    ) -> io::Result<()> {
        record.put_sight(&cache.store, &self.sight, seen)?;
        record.put_kept(&cache.store, &self.kept, checked)?;
        record.put_rests(&cache.store, &self.rests, checked)?;
        record.put_links(&cache.store, &self.links)?;
        cache.store.put_record(record)
    }
}

/// Checks a file and says on what that rests.
fn traced<'a>(
    files: &'a dyn FileSystem,
    scope: &'a Scope<'_>,
) -> impl Fn(&Workspace, usize) -> io::Result<(Checked, Rests)> + Sync + 'a {
    move |workspace, index| {
        let (checked, rests) = rests::collect(|| check_file(workspace, files, index, scope));
        Ok((checked?, rests))
    }
}

impl Graph {
    fn of(includes: &Includes<'_>) -> Graph {
        Graph {
            files: includes.files.iter().map(|path| path.to_path_buf()).collect(),
            of_files: includes.of_files.clone(),
            of_inputs: includes.of_inputs.iter().cloned().map(Option::unwrap_or_default).collect(),
        }
    }
}

/// By which digests are known again: those of headers by their places in the graph.
fn prints(digests: &Digests, includes: &Graph) -> (Prints, Prints) {
    let paths = includes.files.iter().enumerate();
    let places: FxHashMap<&PathBuf, u32> = paths.map(|(at, path)| (path, at as u32)).collect();
    let (mut headers, mut code) = (Vec::new(), Vec::new());
    for (whose, print) in digests.prints() {
        match whose {
            Whose::Header(path) => {
                headers.extend(places.get(&path.to_path_buf()).map(|at| (*at, print)));
            }
            Whose::Code(input) => code.push((input, print)),
        }
    }
    (headers, code)
}

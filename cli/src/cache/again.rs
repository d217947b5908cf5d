//! A run of a kind that was run before.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use rayon::ThreadPool;
use rculint_analyzer::evidence::Given;
use rculint_analyzer::files::FileSystem;
use rculint_analyzer::kernel::version::Version;
use rculint_analyzer::rests::Rests;
use rculint_analyzer::{Input, Options, Part, Tables, Whose, Workspace, print_of};
use rustc_hash::FxHashMap;

use super::affected::{affected, gives, touched};
use super::record::{Links, Record, of_inputs};
use super::witness::{Changes, Sight, Witness};
use super::{All, Cache, Kept, count, traced};
use crate::args::Check;
use crate::check::{Checked, Scope};
use crate::engine::{self, Results};
use crate::inputs::{Plan, is_source};

/// The checks of some inputs, and on what they rest.
type Fresh = BTreeMap<usize, (Checked, Rests)>;

/// It is damaged, or another run is writing it.
const UNREADABLE: &str = "what is kept cannot be read";

/// How often files are read that turn out to be needed as well.
const ROUNDS: usize = 8;

/// A run, and what is known of the one before.
pub(super) struct Again<'a> {
    pub cache: &'a Cache,
    pub options: &'a Check,
    pub plan: &'a Plan,
    pub files: &'a Arc<dyn FileSystem>,
    pub scope: &'a Scope<'a>,
}

impl Again<'_> {
    /// The results of the plan, with those of the last run where they are what they would be now.
    /// `None` if all has to be done anew.
    pub fn run(&self) -> Result<Option<Results<Checked>>, String> {
        let start = Instant::now();
        let (store, inputs) = (&self.cache.store, self.inputs());
        let Some(mut record) = store.record::<Record>() else {
            return Ok(if store.has_record() { self.useless(UNREADABLE) } else { None });
        };
        if record.inputs != of_inputs(inputs) {
            return Ok(None);
        }
        let pool = engine::pool((&self.options.reading).into())?;
        let looked = pool.install(|| {
            let (sight, kept) =
                rayon::join(|| record.sight(store), || record.kept(store, inputs.len()));
            let (mut sight, kept) = (sight?, kept?);
            let changes = sight.check(self.files.as_ref());
            Some((sight, kept, changes))
        });
        let Some((sight, mut kept, changes)) = looked else {
            return Ok(self.useless(UNREADABLE));
        };
        let mut results = Results::none(self.plan);
        let mut fresh = Fresh::new();
        let is_source = |at: &usize| is_source(&sight.files[*at].0);
        let changed: Vec<usize> = changes.files.iter().map(|(at, _)| *at).collect();
        if changes.other || !changed.iter().all(is_source) {
            return Ok(self.useless("more than source files changed"));
        }
        results.timings.reading = start.elapsed();
        if !changed.is_empty() {
            let rest = pool.install(|| {
                let rests = record.rests(store, inputs.len());
                record.links(store, inputs.len()).zip(rests)
            });
            let Some((links, rests)) = rest else { return Ok(self.useless(UNREADABLE)) };
            let mut all = All { sight, links, kept, rests };
            match self.renew(&mut record, &mut all, &changes, &pool, &mut results)? {
                Some(found) => fresh = found,
                None => return Ok(None),
            }
            kept = std::mem::take(&mut all.kept);
            // The process ends soon: to take this apart is time for nothing.
            std::mem::forget(all);
        } else if changes.stamped.iter().any(|stamped| *stamped) {
            let new = |at: usize| changes.stamped[at];
            let put = record.put_sight(store, &sight, &new);
            self.cache.told(put.and_then(|()| store.put_record(&record)));
        }
        let number = count(fresh.len(), "file");
        self.cache.tell(&format!("{number} checked, {} of the cache", inputs.len() - fresh.len()));
        results.files.reserve_exact(inputs.len());
        for (at, (kept, input)) in kept.into_iter().zip(inputs).enumerate() {
            let checked = fresh.remove(&at).map(|(checked, _)| checked);
            let Some(checked) = checked.or_else(|| kept.checked()) else {
                return Ok(self.useless(UNREADABLE));
            };
            results.files.push((input.clone(), checked));
        }
        Ok(Some(results))
    }

    fn inputs(&self) -> &[Input] {
        &self.plan.groups[0].1
    }

    fn useless<T>(&self, why: &str) -> Option<T> {
        self.cache.tell(&format!("the cache is of no use: {why}"));
        None
    }

    /// Checks the inputs that a change matters to, and keeps what is known then.
    fn renew(
        &self,
        record: &mut Record,
        all: &mut All,
        changes: &Changes,
        pool: &ThreadPool,
        results: &mut Results<Checked>,
    ) -> Result<Option<Fresh>, String> {
        let start = Instant::now();
        let files = self.files.as_ref();
        let changed: Vec<usize> = changes.files.iter().map(|(at, _)| *at).collect();
        let touched = touched(self.inputs(), &all.links, &all.sight, &changed, files);
        if touched.iter().filter(|touched| **touched).count() > self.inputs().len() / 2 {
            return Ok(self.useless("most files see what changed"));
        }
        let paths: Vec<PathBuf> = changed.iter().map(|at| all.sight.files[*at].0.clone()).collect();
        let (reading, _) = &self.plan.groups[0];
        let root = reading.kernel_root.as_ref();
        let version = root.map_or(Version::LATEST, |root| Version::of_tree(files, root));
        let known = pool.install(|| self.known(record, &mut all.links, &paths, reading, version));
        let Some(known) = known else {
            return Ok(None);
        };
        let gives = gives(&mut all.links.given, &all.sight, &changed, files, version);
        let affected = affected(&all.rests, &gives, &touched, &known.differing);
        for (at, seen) in &changes.files {
            all.sight.files[*at].1 = seen.clone();
        }
        results.timings.reading += start.elapsed();
        let mut fresh = Fresh::new();
        let seen_before = all.sight.files.len();
        if !affected.is_empty() {
            let mut work = Work {
                run: self,
                links: &mut all.links,
                rests: &all.rests,
                sight: &mut all.sight,
                tables: known.tables,
            };
            match work.check(affected, results)? {
                Some(found) => fresh = found,
                None => return Ok(self.useless("other headers are read")),
            }
        }
        for (at, (checked, rests)) in &fresh {
            (all.kept[*at], all.rests[*at]) = (Kept::of(checked), rests.clone());
        }
        // A file more moves others to other places.
        let moved = all.sight.files.len() != seen_before;
        let new = |at: usize| moved || changes.stamped[at] || changed.binary_search(&at).is_ok();
        let put = pool.install(|| all.put(self.cache, record, &new, &|at| fresh.contains_key(&at)));
        self.cache.told(put);
        Ok(Some(fresh))
    }

    /// Takes the changed files into what is known across files. `None` if it cannot be told.
    fn known(
        &self,
        record: &mut Record,
        links: &mut Links,
        changed: &[PathBuf],
        reading: &Options,
        version: Version,
    ) -> Option<Known> {
        let (store, files) = (&self.cache.store, self.files.as_ref());
        let Some(before) = record.tables(store) else { return self.useless(UNREADABLE) };
        let mut other: Vec<(PathBuf, Option<u32>)> = Vec::new();
        for (place, print) in &mut links.headers {
            let path = &links.includes.files[*place as usize];
            if changed.contains(path) {
                let now = print_of(&files.read(path).ok()?, true, version, &before);
                if std::mem::replace(print, now) != now {
                    other.push((path.clone(), None));
                }
            }
        }
        for (input, print) in &mut links.code {
            let path = &self.inputs()[*input as usize].path;
            if changed.contains(path) {
                let now = print_of(&files.read(path).ok()?, false, version, &before);
                if std::mem::replace(print, now) != now {
                    other.push((path.clone(), Some(*input)));
                }
            }
        }
        if other.is_empty() {
            return Some(Known { tables: Arc::new(before), differing: BTreeSet::new() });
        }
        let Some(mut digests) = record.digests(store) else { return self.useless(UNREADABLE) };
        let (mut headers, mut code) = (BTreeSet::new(), BTreeSet::new());
        for (path, input) in &other {
            let whose = input.map_or(Whose::Header(path), Whose::Code);
            let at = digests.replace(whose, &files.read(path).ok()?, version)?;
            if input.is_some() {
                code.insert(at)
            } else {
                headers.insert(at)
            };
        }
        let tables = digests.tables(reading.whole);
        // Of other members, nobody was asked to remember anything.
        if !tables.has_same_heads(&before) {
            return self.useless("other members are for grace periods");
        }
        let differing = before.differing(&tables);
        let put = record.put_tables(store, &tables).and_then(|()| {
            let (headers, code) = (|at| headers.contains(&at), |at| code.contains(&at));
            record.put_digests(store, &digests, &headers, &code)
        });
        self.cache.told(put)?;
        Some(Known { tables: Arc::new(tables), differing })
    }
}

/// What is known of functions across files now.
struct Known {
    tables: Arc<Tables>,
    /// The names of which something else is known.
    differing: BTreeSet<u32>,
}

/// The check of some inputs.
struct Work<'w> {
    run: &'w Again<'w>,
    links: &'w mut Links,
    rests: &'w [Rests],
    sight: &'w mut Sight,
    tables: Arc<Tables>,
}

impl Work<'_> {
    /// Checks inputs, with those read along that they look into. `None` if something was read that is
    /// not known.
    fn check(
        &mut self,
        affected: Vec<usize>,
        results: &mut Results<Checked>,
    ) -> Result<Option<Fresh>, String> {
        let mut wanted: BTreeSet<usize> = affected.iter().copied().collect();
        for at in &affected {
            wanted.extend(self.rests[*at].inputs.iter().map(|at| *at as usize));
        }
        let witness = Arc::new(Witness::new(self.run.files.clone(), self.sight.clone()));
        let mut left: BTreeSet<usize> = affected.into_iter().collect();
        let mut done = Fresh::new();
        for _ in 0..ROUNDS {
            let Some(checked) = self.round(&wanted, &left, &witness, results)? else {
                return Ok(None);
            };
            let before = wanted.len();
            for (at, (checked, rests)) in checked {
                // What was looked for and not read, was as if it were not there.
                let missing = rests.inputs.iter().map(|at| *at as usize);
                let missing: Vec<usize> = missing.filter(|at| !wanted.contains(at)).collect();
                if missing.is_empty() {
                    left.remove(&at);
                    done.insert(at, (checked, rests));
                }
                wanted.extend(missing);
            }
            if left.is_empty() {
                return Ok(self.merge(&witness).then_some(done));
            }
            if wanted.len() == before {
                break;
            }
        }
        Ok(None)
    }

    fn round(
        &mut self,
        wanted: &BTreeSet<usize>,
        left: &BTreeSet<usize>,
        witness: &Arc<Witness>,
        results: &mut Results<Checked>,
    ) -> Result<Option<Fresh>, String> {
        let seen: Arc<dyn FileSystem> = witness.clone();
        let includes = Mutex::new(None);
        let mut given = Given::default();
        let load = |files: Arc<dyn FileSystem>, inputs: Vec<Input>, options: Options| {
            let part =
                Part { inputs: wanted.iter().copied().collect(), tables: self.tables.clone() };
            let workspace = Workspace::load_part(files, inputs, options, Some(part));
            *includes.lock().expect("no panic while locked") = Some(owned(&workspace));
            workspace
        };
        let checked = engine::run_loaded(
            self.run.plan.clone(),
            &seen,
            &self.run.options.reading,
            load,
            |_| left.iter().copied().collect(),
            traced(seen.as_ref(), self.run.scope),
            |workspace| given = workspace.given(),
        )?;
        results.timings.join(checked.timings);
        self.links.given.calls.extend(given.calls);
        self.links.given.heads.extend(given.heads);
        let includes = includes.into_inner().expect("no panic while locked");
        // Whatever went wrong is told by a run over all.
        if !checked.problems.is_empty() || !includes.is_some_and(|includes| self.learn(includes)) {
            return Ok(None);
        }
        let numbers: FxHashMap<&Input, usize> =
            left.iter().map(|at| (&self.run.inputs()[*at], *at)).collect();
        let found = checked.files.into_iter();
        Ok(Some(found.map(|(input, value)| (numbers[&input], value)).collect()))
    }

    /// Takes in what files include now; `false` if there are others than before.
    fn learn(&mut self, includes: Owned) -> bool {
        let graph = &mut self.links.includes;
        let known: FxHashMap<&PathBuf, u32> =
            graph.files.iter().enumerate().map(|(at, path)| (path, at as u32)).collect();
        let places: Option<Vec<u32>> =
            includes.files.iter().map(|path| known.get(path).copied()).collect();
        let Some(places) = places else { return false };
        let there = |to: Vec<u32>| to.into_iter().map(|at| places[at as usize]).collect();
        for (at, to) in includes.of_files.into_iter().enumerate() {
            graph.of_files[places[at] as usize] = there(to);
        }
        for (at, to) in includes.of_inputs {
            graph.of_inputs[at] = there(to);
        }
        graph.is_reached()
    }

    /// Takes in what was seen; `false` if it is otherwise than a moment before.
    fn merge(&mut self, witness: &Witness) -> bool {
        let Some(now) = witness.take() else { return false };
        self.sight.merge(now)
    }
}

/// What files include, by their paths.
struct Owned {
    files: Vec<PathBuf>,
    of_files: Vec<Vec<u32>>,
    of_inputs: Vec<(usize, Vec<u32>)>,
}

fn owned(workspace: &Workspace) -> Owned {
    let includes = workspace.includes();
    let inputs = includes.of_inputs.into_iter().enumerate();
    Owned {
        files: includes.files.iter().map(|path| path.to_path_buf()).collect(),
        of_files: includes.of_files,
        of_inputs: inputs.filter_map(|(at, to)| Some((at, to?))).collect(),
    }
}

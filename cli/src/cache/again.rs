//! A run of a kind that was run before.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use rculint_analyzer::evidence::Given;
use rculint_analyzer::files::FileSystem;
use rculint_analyzer::kernel::version::Version;
use rculint_analyzer::rests::Rests;
use rculint_analyzer::{Digests, Input, Options, Part, Tables, Whose, Workspace, print_of};
use rustc_hash::FxHashMap;

use super::affected::{affected, gives, touched};
use super::record::Record;
use super::witness::{Seen, Witness};
use super::{Cache, DIGESTS, Kept, TABLES, count, traced};
use crate::args::Check;
use crate::check::{Checked, Scope};
use crate::engine::{self, Results};
use crate::inputs::{Plan, is_source};

/// The checks of some inputs, and on what they rest.
type Fresh = BTreeMap<usize, (Checked, Rests)>;

/// How often files are read that turn out to be needed as well.
const ROUNDS: usize = 8;

/// The results of a plan, with those of the last run where they are what they would be now. `None` if
/// all has to be done anew.
pub(super) fn again(
    cache: &Cache,
    options: &Check,
    plan: &Plan,
    files: &Arc<dyn FileSystem>,
    scope: &Scope<'_>,
) -> Result<Option<Results<Checked>>, String> {
    let start = Instant::now();
    let (reading, inputs) = &plan.groups[0];
    let Some(mut record) = cache.store.record::<Record>() else { return Ok(None) };
    let known = record.inputs.len() == inputs.len()
        && record.inputs.iter().zip(inputs).all(|(entry, input)| entry.is_of(input));
    if !known || !record.is_sound() {
        return Ok(None);
    }
    let pool = engine::pool((&options.reading).into())?;
    let changes = pool.install(|| record.sight.check(files.as_ref()));
    let source = |(at, _): &(usize, Seen)| is_source(&record.sight.files[*at].0);
    if changes.other || !changes.files.iter().all(source) {
        cache.tell("the cache is of no use: more than source files changed");
        return Ok(None);
    }
    let changed: Vec<usize> = changes.files.iter().map(|(at, _)| *at).collect();
    let touched = touched(&record, &changed, files.as_ref());
    if touched.iter().filter(|touched| **touched).count() > inputs.len() / 2 {
        cache.tell("the cache is of no use: most files see what changed");
        return Ok(None);
    }
    let Some(known) = Known::now(cache, &mut record, &changed, reading, files.as_ref()) else {
        return Ok(None);
    };
    let gives = gives(&mut record, &changed, files.as_ref(), known.version);
    let affected = affected(&record, &gives, &touched, &known.differing);
    for (at, seen) in changes.files {
        record.sight.files[at].1 = seen;
    }
    let mut results = Results::none(plan);
    results.timings.reading = start.elapsed();
    let mut fresh = Fresh::new();
    if !affected.is_empty() {
        let tables = known.tables.or_else(|| cache.store.part(TABLES, record.tables).map(Arc::new));
        let Some(tables) = tables.filter(|tables| tables.is_sound()) else { return Ok(None) };
        let mut work = Work { options, plan, files, scope, record: &mut record, tables };
        match work.check(affected, &mut results)? {
            Some(found) => fresh = found,
            None => {
                cache.tell("the cache is of no use: other headers are read");
                return Ok(None);
            }
        }
    }
    cache.tell(&format!(
        "{} checked, {} of the cache",
        count(fresh.len(), "file"),
        inputs.len() - fresh.len()
    ));
    if results.problems.is_empty() && (changes.stamps || !changed.is_empty()) {
        for (at, (checked, rests)) in &fresh {
            let entry = &mut record.inputs[*at];
            (entry.kept, entry.rests) = (Kept::of(checked), rests.clone());
        }
        cache.keep(&record);
    }
    let failed = results.problems.len();
    let mut missing = 0;
    for (at, (entry, input)) in record.inputs.into_iter().zip(inputs).enumerate() {
        let checked = match fresh.remove(&at) {
            Some((checked, _)) => Some(checked),
            None => entry.kept.checked(),
        };
        missing += usize::from(checked.is_none());
        results.files.extend(checked.map(|checked| (input.clone(), checked)));
    }
    Ok((missing == 0 && failed == 0).then_some(results))
}

/// What is known of functions across files now.
struct Known {
    version: Version,
    /// If that is not what it was.
    tables: Option<Arc<Tables>>,
    /// The names of which something else is known.
    differing: BTreeSet<u32>,
}

impl Known {
    /// Takes the changed files into what is known. `None` if it cannot be told.
    fn now(
        cache: &Cache,
        record: &mut Record,
        changed: &[usize],
        reading: &Options,
        files: &dyn FileSystem,
    ) -> Option<Known> {
        let root = reading.kernel_root.as_ref();
        let version = root.map_or(Version::LATEST, |root| Version::of_tree(files, root));
        let same = Known { version, tables: None, differing: BTreeSet::new() };
        if changed.is_empty() {
            return Some(same);
        }
        let before: Tables = cache.store.part(TABLES, record.tables)?;
        let paths: Vec<PathBuf> =
            changed.iter().map(|at| record.sight.files[*at].0.clone()).collect();
        let mut other: Vec<(PathBuf, Option<u32>)> = Vec::new();
        for (place, print) in &mut record.headers {
            let path = &record.includes.files[*place as usize];
            if paths.contains(path) {
                let now = print_of(&files.read(path).ok()?, true, version, &before);
                if std::mem::replace(print, now) != now {
                    other.push((path.clone(), None));
                }
            }
        }
        for (input, print) in &mut record.code {
            let path = &record.inputs[*input as usize].path;
            if paths.contains(path) {
                let now = print_of(&files.read(path).ok()?, false, version, &before);
                if std::mem::replace(print, now) != now {
                    other.push((path.clone(), Some(*input)));
                }
            }
        }
        if other.is_empty() {
            return Some(Known { tables: Some(Arc::new(before)), ..same });
        }
        let mut digests: Digests = cache.store.part(DIGESTS, record.digests)?;
        for (path, input) in &other {
            let whose = input.map_or(Whose::Header(path), Whose::Code);
            if !digests.replace(whose, &files.read(path).ok()?, version) {
                return None;
            }
        }
        let tables = digests.tables(reading.whole);
        // Of other members, nobody was asked to remember anything.
        if !tables.has_same_heads(&before) {
            return None;
        }
        let differing = before.differing(&tables);
        record.tables = cache.store.put_part(TABLES, &tables).ok()?;
        record.digests = cache.store.put_part(DIGESTS, &digests).ok()?;
        Some(Known { version, tables: Some(Arc::new(tables)), differing })
    }
}

/// The check of some inputs.
struct Work<'w> {
    options: &'w Check,
    plan: &'w Plan,
    files: &'w Arc<dyn FileSystem>,
    scope: &'w Scope<'w>,
    record: &'w mut Record,
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
            wanted.extend(self.record.inputs[*at].rests.inputs.iter().map(|at| *at as usize));
        }
        let witness = Arc::new(Witness::new(self.files.clone()));
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
            if !results.problems.is_empty() {
                return Ok(None);
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
            self.plan.clone(),
            &seen,
            &self.options.reading,
            load,
            |_| left.iter().copied().collect(),
            traced(seen.as_ref(), self.scope),
            |workspace| given = workspace.given(),
        )?;
        let given_before = &mut self.record.given;
        given_before.calls.extend(given.calls);
        given_before.heads.extend(given.heads);
        results.timings.reading += checked.timings.reading;
        results.timings.elapsed += checked.timings.elapsed;
        results.timings.checking += checked.timings.checking;
        results.timings.slowest.extend(checked.timings.slowest);
        results.problems.extend(checked.problems);
        let includes = includes.into_inner().expect("no panic while locked");
        if !includes.is_some_and(|includes| self.learn(includes)) {
            return Ok(None);
        }
        let numbers: FxHashMap<&Input, usize> =
            left.iter().map(|at| (&self.plan.groups[0].1[*at], *at)).collect();
        let found = checked.files.into_iter();
        Ok(Some(found.map(|(input, value)| (numbers[&input], value)).collect()))
    }

    /// Takes what files include now into the record; `false` if there are others than before.
    fn learn(&mut self, includes: Owned) -> bool {
        let graph = &mut self.record.includes;
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

    /// Takes what was seen into the record; `false` if it is otherwise than a moment before.
    fn merge(&mut self, witness: &Witness) -> bool {
        let Some(now) = witness.take() else { return false };
        let sight = &mut self.record.sight;
        let mut same = true;
        for (seen, now) in [(&mut sight.files, now.files), (&mut sight.folders, now.folders)] {
            let known = seen.len();
            for (path, found) in now {
                let at = seen[..known]
                    .binary_search_by(|(other, _)| other.as_os_str().cmp(path.as_os_str()));
                match at {
                    Ok(at) => same &= seen[at].1.print == found.print,
                    Err(_) => seen.push((path, found)),
                }
            }
            seen.sort_unstable_by(|(a, _), (b, _)| a.as_os_str().cmp(b.as_os_str()));
        }
        let known: FxHashMap<&PathBuf, bool> =
            sight.probes.iter().map(|(path, there)| (path, *there)).collect();
        let mut more = Vec::new();
        for (path, there) in now.probes {
            match known.get(&path) {
                Some(before) => same &= *before == there,
                None => more.push((path, there)),
            }
        }
        sight.probes.extend(more);
        same
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

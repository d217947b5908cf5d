//! What is kept of a run, and in which parts: what is large is in shards, so that several threads read
//! it and only those are written again in which something is new.

use std::io;
use std::path::PathBuf;

use rayon::prelude::*;
use rculint_analyzer::evidence::Given;
use rculint_analyzer::rests::Rests;
use rculint_analyzer::{Digests, Input, OfCode, Tables};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::kept::Kept;
use super::store::{Store, decode};
use super::witness::{Print, Seen, Sight, print};

/// The record of a run over all inputs of a plan: by what its parts are known again, and what is small.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Record {
    /// The inputs.
    pub inputs: Print,
    /// The files that it saw.
    files: Vec<Print>,
    folders: Vec<(PathBuf, Seen)>,
    probes: Vec<(PathBuf, bool)>,
    missing: Vec<PathBuf>,
    /// What the checks came to, and on what they rest, in the order of the inputs.
    kept: Vec<Print>,
    rests: Vec<Print>,
    links: Print,
    /// What is known of functions across files, and the digests that it comes from.
    tables: Print,
    headers: Vec<Print>,
    code: Vec<Print>,
}

/// How files have to do with each other.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Links {
    /// Which lead to which through their includes.
    pub includes: Graph,
    /// By which the digests of headers are known again, by their places in `includes`, and those of
    /// inputs that are code.
    pub headers: Prints,
    pub code: Prints,
    /// What the files gave that were looked at beside others.
    pub given: Given,
}

/// By which things are known again, by their numbers.
pub(super) type Prints = Vec<(u32, u64)>;

/// Files and which of them they include.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Graph {
    pub files: Vec<PathBuf>,
    pub of_files: Vec<Vec<u32>>,
    /// For each input the files that lead to all that it sees.
    pub of_inputs: Vec<Vec<u32>>,
}

/// The names of the parts.
const TABLES: &str = "tables";
const HEADERS: &str = "headers";
const CODE: &str = "code";
const FILES: &str = "files";
const KEPT: &str = "kept";
const RESTS: &str = "rests";
const LINKS: &str = "links";

/// So many things are in a shard.
const SHARD: usize = 1024;

/// By which the inputs of a plan are known again.
pub(super) fn of_inputs(inputs: &[Input]) -> Print {
    let mut all = Vec::new();
    for input in inputs {
        all.extend_from_slice(input.path.as_os_str().as_encoded_bytes());
        all.push(0);
        all.extend_from_slice(input.shown.as_bytes());
        all.push(0);
    }
    print(&all)
}

impl Record {
    pub fn sight(&self, store: &Store) -> Option<Sight> {
        let files = shards(store, FILES, &self.files)?;
        let Record { folders, probes, missing, .. } = self.clone();
        Some(Sight { files, folders, probes, missing })
    }

    /// Keeps what was seen; of the files, those in the places `changed` are new.
    pub fn put_sight(
        &mut self,
        store: &Store,
        sight: &Sight,
        changed: &(dyn Fn(usize) -> bool + Sync),
    ) -> io::Result<()> {
        self.files = put_shards(store, FILES, &sight.files, &self.files, changed)?;
        self.folders = sight.folders.clone();
        self.probes = sight.probes.clone();
        self.missing = sight.missing.clone();
        Ok(())
    }

    pub fn kept(&self, store: &Store, inputs: usize) -> Option<Vec<Kept>> {
        shards(store, KEPT, &self.kept).filter(|kept| kept.len() == inputs)
    }

    /// Keeps what the checks came to; those in the places `changed` are new.
    pub fn put_kept(
        &mut self,
        store: &Store,
        kept: &[Kept],
        changed: &(dyn Fn(usize) -> bool + Sync),
    ) -> io::Result<()> {
        self.kept = put_shards(store, KEPT, kept, &self.kept, changed)?;
        Ok(())
    }

    pub fn rests(&self, store: &Store, inputs: usize) -> Option<Vec<Rests>> {
        let rests: Vec<Rests> = shards(store, RESTS, &self.rests)?;
        let known = |rests: &Rests| rests.inputs.iter().all(|input| (*input as usize) < inputs);
        (rests.len() == inputs && rests.iter().all(known)).then_some(rests)
    }

    /// Keeps on what the checks rest; those in the places `changed` are new.
    pub fn put_rests(
        &mut self,
        store: &Store,
        rests: &[Rests],
        changed: &(dyn Fn(usize) -> bool + Sync),
    ) -> io::Result<()> {
        self.rests = put_shards(store, RESTS, rests, &self.rests, changed)?;
        Ok(())
    }

    pub fn links(&self, store: &Store, inputs: usize) -> Option<Links> {
        store.part(LINKS, self.links).filter(|links: &Links| links.is_sound(inputs))
    }

    pub fn tables(&self, store: &Store) -> Option<Tables> {
        store.part(TABLES, self.tables).filter(Tables::is_sound)
    }

    pub fn put_tables(&mut self, store: &Store, tables: &Tables) -> io::Result<()> {
        self.tables = store.put_part(TABLES, tables)?;
        Ok(())
    }

    pub fn digests(&self, store: &Store) -> Option<Digests> {
        let (headers, code) = rayon::join(
            || shards(store, HEADERS, &self.headers),
            || shards(store, CODE, &self.code),
        );
        Some(Digests { headers: headers?, code: code? })
    }

    /// Keeps the digests; of headers and of code, those in some places are new.
    pub fn put_digests(
        &mut self,
        store: &Store,
        digests: &Digests,
        headers: &(dyn Fn(usize) -> bool + Sync),
        code: &(dyn Fn(usize) -> bool + Sync),
    ) -> io::Result<()> {
        self.headers = put_shards(store, HEADERS, &digests.headers, &self.headers, headers)?;
        self.code = put_shards(store, CODE, &digests.code, &self.code, code)?;
        Ok(())
    }

    pub fn put_links(&mut self, store: &Store, links: &Links) -> io::Result<()> {
        self.links = store.put_part(LINKS, links)?;
        Ok(())
    }
}

/// Whether bytes are a part of some kind, as far as its numbers stand for something.
pub(crate) fn is_part(kind: u8, bytes: &[u8]) -> bool {
    match kind {
        0 => decode::<Record>(bytes).is_some(),
        1 => decode::<Links>(bytes).is_some_and(|links| {
            let inputs = links.includes.of_inputs.len();
            links.is_sound(inputs) && links.includes.is_reached()
        }),
        2 => decode::<Vec<Kept>>(bytes)
            .is_some_and(|kept| kept.into_iter().all(|kept| kept.checked().is_some())),
        3 => decode::<Vec<Rests>>(bytes).is_some(),
        4 => decode::<Tables>(bytes)
            .is_some_and(|tables| tables.is_sound() && tables.differing(&tables).is_empty()),
        5 => decode::<Vec<(PathBuf, Seen)>>(bytes).is_some(),
        _ => decode::<Vec<OfCode>>(bytes).is_some(),
    }
}

fn name(part: &str, shard: usize) -> String {
    format!("{part}-{shard}")
}

fn shards<T: DeserializeOwned + Send>(
    store: &Store,
    part: &str,
    prints: &[Print],
) -> Option<Vec<T>> {
    let shards: Option<Vec<Vec<T>>> = prints
        .par_iter()
        .enumerate()
        .map(|(at, print)| store.part(&name(part, at), *print))
        .collect();
    let mut shards = shards?;
    let mut all = Vec::with_capacity(shards.iter().map(Vec::len).sum());
    shards.iter_mut().for_each(|shard| all.append(shard));
    Some(all)
}

/// Writes the shards of which something has changed, and those that were not there.
fn put_shards<T: Serialize + Sync>(
    store: &Store,
    part: &str,
    all: &[T],
    before: &[Print],
    changed: &(dyn Fn(usize) -> bool + Sync),
) -> io::Result<Vec<Print>> {
    let stale: Vec<bool> = (0..all.len().div_ceil(SHARD))
        .map(|at| {
            let within = at * SHARD..((at + 1) * SHARD).min(all.len());
            before.get(at).is_none() || within.into_iter().any(changed)
        })
        .collect();
    all.par_chunks(SHARD)
        .enumerate()
        .map(|(at, shard)| match stale[at] {
            true => store.put_part(&name(part, at), &shard),
            false => Ok(before[at]),
        })
        .collect()
}

impl Links {
    /// Whether its numbers stand for something.
    fn is_sound(&self, inputs: usize) -> bool {
        let graph = &self.includes;
        let files = |to: &u32| (*to as usize) < graph.files.len();
        graph.of_files.len() == graph.files.len()
            && graph.of_inputs.len() == inputs
            && graph.of_files.iter().chain(&graph.of_inputs).flatten().all(files)
            && self.headers.iter().all(|(at, _)| files(at))
            && self.code.iter().all(|(at, _)| (*at as usize) < inputs)
    }
}

impl Graph {
    /// Whether every file is reached from some input: a run by itself would read no other.
    pub fn is_reached(&self) -> bool {
        let mut reached = vec![false; self.files.len()];
        let mut fresh: Vec<u32> = self.of_inputs.iter().flatten().copied().collect();
        while let Some(at) = fresh.pop() {
            if !std::mem::replace(&mut reached[at as usize], true) {
                fresh.extend(&self.of_files[at as usize]);
            }
        }
        reached.into_iter().all(|reached| reached)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_new_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::new(folder.path(), print(b"a kind of run"));
        let mut numbers: Vec<u32> = (0..3000).collect();
        let first = put_shards(&store, "numbers", &numbers, &[], &|_| true).unwrap();
        assert_eq!(first.len(), 3);
        numbers[2048] = 1;
        // It is told that only the last has changed, and believes it.
        numbers[0] = 1;
        let second = put_shards(&store, "numbers", &numbers, &first, &|at| at == 2048).unwrap();
        assert_eq!(second[..2], first[..2]);
        assert_ne!(second[2], first[2]);
        numbers[0] = 0;
        assert_eq!(shards(&store, "numbers", &second), Some(numbers));
        assert_eq!(shards::<u32>(&store, "numbers", &first), None, "that is gone");
    }

    #[test]
    fn what_is_read_is_what_was_written_or_nothing() {
        let graph = Graph {
            files: vec!["a.h".into()],
            of_files: vec![vec![0]],
            of_inputs: vec![vec![0], vec![]],
        };
        let links = Links { includes: graph, code: vec![(1, 7)], ..Links::default() };
        let rests = Rests { inputs: vec![1], files: vec!["a.c".into()], ..Rests::default() };
        let parts = [
            (0, postcard::to_stdvec(&Record::default()).unwrap()),
            (1, postcard::to_stdvec(&links).unwrap()),
            (3, postcard::to_stdvec(&vec![rests]).unwrap()),
            (4, postcard::to_stdvec(&Tables::default()).unwrap()),
        ];
        for (kind, bytes) in parts {
            assert!(is_part(kind, &bytes));
            for at in 0..bytes.len() {
                assert!(!is_part(kind, &bytes[..at]), "{kind} has an end");
                // It may be one or none; it is no reason to stop.
                for bit in 0..8 {
                    let mut other = bytes.clone();
                    other[at] ^= 1 << bit;
                    is_part(kind, &other);
                }
            }
        }
    }

    #[test]
    fn what_nobody_reaches() {
        let mut graph = Graph {
            files: vec!["a.h".into(), "b.h".into(), "c.h".into()],
            of_files: vec![vec![1], vec![0], vec![2]],
            of_inputs: vec![vec![0], vec![2]],
        };
        assert!(graph.is_reached());
        graph.of_inputs[1] = vec![];
        assert!(!graph.is_reached(), "it includes itself alone");
    }
}

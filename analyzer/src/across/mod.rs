//! What is known of functions that stand in other files than the one that is looked at: what calls
//! of them do, from a digest of the tokens of every file ([`digest`]), and from their bodies where
//! the digest says that there is something to learn.
//!
//! There is nothing where one file is checked by itself. What is known here adds to what a file
//! shows; it never replaces it.

mod digest;
mod groups;
mod sleepers;

use std::sync::{Arc, Mutex};

use rustc_hash::FxHashMap;

pub(crate) use digest::Digest;
use groups::{Groups, NONE};
use sleepers::Sleepers;

use crate::flow::elsewhere::Net;
use crate::kernel::context::Wait;
use crate::text::directives::{Key, key};
use crate::types::Unit;

/// The files that are checked together.
pub(crate) trait Others: Sync {
    /// What is known of their functions.
    fn across(&self) -> &Across;
    /// One of them, to look into it; `None` if it cannot be read.
    fn unit_of(&self, input: u32) -> Option<Unit<'_>>;
}

/// A function of another file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Definition {
    /// Which input.
    pub input: u32,
    /// Index of its item.
    pub item: u32,
}

/// What is known of the functions of all inputs.
#[derive(Debug, Default)]
pub(crate) struct Across {
    sleepers: Sleepers,
    /// Functions that may hold more or less at their end than at their start; all definitions of
    /// the name.
    unbalanced: FxHashMap<Key, Box<[Definition]>>,
    /// What those do, by name and by how many files were passed on the way.
    nets: Mutex<FxHashMap<(Key, usize), Option<Arc<Net>>>>,
}

impl Across {
    /// Puts the digests of headers and of inputs together; each in a fixed order.
    pub fn new(headers: Vec<Digest>, code: Vec<(u32, Digest)>) -> Across {
        let count = headers.len();
        let (inputs, code): (Vec<u32>, Vec<Digest>) = code.into_iter().unzip();
        let mut digests = headers;
        digests.extend(code);
        let groups = Groups::new(&digests, count);
        let sleepers = Sleepers::find(&digests, &groups);
        let unbalanced = unbalanced(&digests, &groups, &inputs, count);
        Across { sleepers, unbalanced, nets: Mutex::default() }
    }

    /// How a call of a function of another file comes to sleep: what it calls, and what that calls,
    /// and so on to the call of the table; and what that waits for.
    pub fn sleeps(&self, name: &str) -> Option<(Vec<Arc<str>>, Option<Wait>)> {
        self.sleepers.chain(key(name.as_bytes()))
    }

    /// The definitions of a name that may take or release something for its caller.
    pub fn unbalanced(&self, name: &str) -> &[Definition] {
        self.unbalanced.get(&key(name.as_bytes())).map_or(&[], |found| found)
    }

    /// What a function does, found out by `look` when first asked for. That takes no notice of who
    /// asks: whoever does gets the same.
    pub fn net(
        &self,
        name: &str,
        hops: usize,
        look: impl FnOnce() -> Option<Net>,
    ) -> Option<Arc<Net>> {
        let at = (key(name.as_bytes()), hops);
        let known = self.nets.lock().expect("no panic while locked").get(&at).cloned();
        known.unwrap_or_else(|| {
            let found = look().map(Arc::new);
            self.nets.lock().expect("no panic while locked").insert(at, found.clone());
            found
        })
    }

    /// How many functions sleep, and how many may take or release something.
    pub fn counts(&self) -> (usize, usize) {
        (self.sleepers.len(), self.unbalanced.len())
    }
}

/// How often what calls an unbalanced function is taken to be one.
const ROUNDS: usize = 3;

/// The functions of other files that may take or release something: by the table, or by what they
/// call. Names whose definitions disagree, or that a header defines as well, are left out.
fn unbalanced(
    digests: &[Digest],
    groups: &Groups,
    inputs: &[u32],
    headers: usize,
) -> FxHashMap<Key, Box<[Definition]>> {
    let nodes = groups.nodes();
    let function = |node: u32| {
        let (digest, at) = nodes[node as usize];
        &digests[digest as usize].functions[at as usize]
    };
    // Taken more often than released: 1; the other way round: -1; some of both: 2.
    let mut signs: Vec<i8> = (0..nodes.len() as u32)
        .map(|node| match function(node) {
            one if !one.unbalanced => 0,
            one if one.net == 0 => 2,
            one => one.net.signum(),
        })
        .collect();
    for _ in 0..ROUNDS {
        let mut found: Vec<(u32, i8)> = Vec::new();
        for node in 0..nodes.len() as u32 {
            if signs[node as usize] != 0 {
                continue;
            }
            let called = groups.calls(node).iter().filter(|group| **group != NONE);
            let mut sum = 0i32;
            for group in called {
                let first = groups.first(*group);
                if first != NONE {
                    let sign = signs[first as usize];
                    // One that depends on the way does not make others unbalanced.
                    sum += if sign == 2 { 0 } else { i32::from(sign) };
                }
            }
            if sum != 0 {
                found.push((node, sum.signum() as i8));
            }
        }
        if found.is_empty() {
            break;
        }
        for (node, sign) in found {
            signs[node as usize] = sign;
        }
    }
    let mut members: FxHashMap<u32, Vec<u32>> = FxHashMap::default();
    for node in 0..nodes.len() as u32 {
        let [_, shared] = groups.of(node);
        if shared != NONE && signs[node as usize] != 0 {
            members.entry(shared).or_default().push(node);
        }
    }
    let sizes = groups.sizes();
    let mut found = FxHashMap::default();
    for (key, group) in groups.shared() {
        let Some(members) = members.get(&group) else { continue };
        let all = members.len() == sizes[group as usize] as usize;
        let places: Option<Box<[Definition]>> = members
            .iter()
            .map(|node| {
                let (digest, _) = nodes[*node as usize];
                let input = (digest as usize).checked_sub(headers)?;
                Some(Definition { input: inputs[input], item: function(*node).item })
            })
            .collect();
        if let Some(places) = places.filter(|_| all) {
            found.insert(key, places);
        }
    }
    found
}

#[cfg(test)]
mod probe {
    use super::*;
    use rayon::prelude::*;

    #[test]
    #[ignore]
    fn dump() {
        let root = std::env::var("TREE_ROOT").unwrap();
        let mut paths: Vec<std::path::PathBuf> = Vec::new();
        let mut stack = vec![std::path::PathBuf::from(&root)];
        while let Some(dir) = stack.pop() {
            for entry in std::fs::read_dir(dir).unwrap().flatten() {
                let path = entry.path();
                if path.is_symlink() {
                    continue;
                }
                if path.is_dir() { stack.push(path) } else { paths.push(path) }
            }
        }
        paths.retain(|p| p.extension().is_some_and(|e| e == "c" || e == "h"));
        paths.sort();
        let start = std::time::Instant::now();
        let scan: usize = paths
            .par_iter()
            .map(|p| crate::items::scan(&std::fs::read(p).unwrap()).items.len())
            .sum();
        eprintln!("scan only {:?} {scan}", start.elapsed());
        let start = std::time::Instant::now();
        let of = |ext: &str| -> Vec<Digest> {
            paths
                .par_iter()
                .filter(|p| p.extension().unwrap() == ext)
                .map(|p| {
                    Digest::of_file(
                        &std::fs::read(p).unwrap(),
                        ext == "h",
                        crate::kernel::version::Version::LATEST,
                    )
                    .0
                })
                .collect()
        };
        let (headers, code) = (of("h"), of("c"));
        eprintln!("digests {:?}", start.elapsed());
        let functions: usize = headers.iter().chain(&code).map(|d| d.functions.len()).sum();
        eprintln!("functions {functions}");
        let start = std::time::Instant::now();
        let names: Vec<String> = code
            .iter()
            .flat_map(|d| {
                (0..d.functions.len())
                    .filter(|at| !d.functions[*at].own)
                    .map(|at| d.name(at).to_owned())
            })
            .collect();
        let mut places: FxHashMap<String, String> = FxHashMap::default();
        let cpaths: Vec<_> = paths.iter().filter(|p| p.extension().unwrap() == "c").collect();
        for (d, p) in code.iter().zip(&cpaths) {
            for at in 0..d.functions.len() {
                if !d.functions[at].own {
                    places.insert(
                        d.name(at).to_owned(),
                        p.strip_prefix(&root).unwrap().display().to_string(),
                    );
                }
            }
        }
        let across = Across::new(
            headers,
            code.into_iter().enumerate().map(|(at, d)| (at as u32, d)).collect(),
        );
        eprintln!("across {:?} {:?}", start.elapsed(), across.counts());
        let mut names = names;
        names.sort();
        names.dedup();
        eprintln!("global functions {}", names.len());
        for name in names {
            if let Some((chain, _)) = across.sleeps(&name) {
                println!("S\t{}\t{name}\t{}", places[&name], chain.join(" "));
            }
            if !across.unbalanced(&name).is_empty() {
                println!("U\t{}\t{name}", places[&name]);
            }
        }
    }
}

//! What is known of functions that stand in other files than the one that is looked at: who calls
//! and what calls of them do, from a digest of the tokens of every file ([`digest`]), and from their bodies where
//! the digest says that there is something to learn.
//!
//! There is nothing where one file is checked by itself. What is known here adds to what a file
//! shows; it never replaces it.

mod digest;
mod groups;
mod sleepers;

use std::sync::{Arc, Mutex};

use rustc_hash::{FxHashMap, FxHashSet};

pub(crate) use digest::Digest;
use groups::{Groups, NONE};
pub(crate) use sleepers::Asleep;
use sleepers::Sleepers;

use crate::evidence::heads::UsedHead;
use crate::flow::bare::Without;
use crate::flow::elsewhere::Net;
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

/// What is read off the tokens of all files.
struct Files<'d> {
    digests: &'d [Digest],
    /// How many of them, the first, are those of headers.
    headers: usize,
    /// Of which inputs the others are.
    inputs: &'d [u32],
}

impl<'d> Files<'d> {
    fn function(&self, groups: &Groups, node: u32) -> &'d digest::Function {
        let (digest, at) = groups.nodes()[node as usize];
        &self.digests[digest as usize].functions[at as usize]
    }

    /// Where a definition is; `None` if in a header.
    fn place(&self, groups: &Groups, node: u32) -> Option<Definition> {
        let (digest, _) = groups.nodes()[node as usize];
        let input = self.inputs[(digest as usize).checked_sub(self.headers)?];
        Some(Definition { input, item: self.function(groups, node).item })
    }
}

/// Net effects by name and by how many files were passed on the way.
type Nets = FxHashMap<(Key, usize), Option<Arc<Net>>>;

/// Which callers in other files have nothing around their call, by name, by how many files were
/// passed on the way, and by what is not around it.
type Bares = FxHashMap<(Key, usize, Without), Option<Definition>>;

/// What is known of the functions of all inputs.
#[derive(Debug, Default)]
pub(crate) struct Across {
    sleepers: Sleepers,
    /// Functions that may hold more or less at their end than at their start; all definitions of
    /// the name.
    unbalanced: FxHashMap<Key, Box<[Definition]>>,
    /// The members by which something is put behind a grace period.
    heads: FxHashSet<UsedHead>,
    /// The inputs are all of the kernel.
    whole: bool,
    /// What those do, by name and by how many files were passed on the way.
    nets: Mutex<Nets>,
    /// The functions of other files that call a function of which there is one definition.
    callers: FxHashMap<Key, Box<[Definition]>>,
    bares: Mutex<Bares>,
}

impl Across {
    /// Puts the digests of headers and of inputs together; each in a fixed order.
    pub fn new(headers: Vec<Digest>, code: Vec<(u32, Digest)>, whole: bool) -> Across {
        let count = headers.len();
        let (inputs, code): (Vec<u32>, Vec<Digest>) = code.into_iter().unzip();
        let mut digests = headers;
        digests.extend(code);
        let heads = digests.iter_mut().flat_map(|digest| digest.heads.drain(..)).collect();
        let files = Files { digests: &digests, headers: count, inputs: &inputs };
        let groups = Groups::new(&digests, count);
        let sleepers = Sleepers::find(&files, &groups);
        let unbalanced = unbalanced(&files, &groups);
        let callers = callers(&files, &groups);
        Across { sleepers, unbalanced, heads, whole, callers, ..Across::default() }
    }

    /// Whether the inputs are all of the kernel.
    pub fn is_whole(&self) -> bool {
        self.whole
    }

    /// Whether anything is put behind a grace period by this member of a struct.
    pub fn uses_head(&self, head: UsedHead) -> bool {
        self.heads.contains(&head)
    }

    /// How a call of a function of another file comes to sleep.
    pub fn sleeps(&self, name: &str) -> Option<Asleep> {
        self.sleepers.of(key(name.as_bytes()))
    }

    /// The definitions of a name that may take or release something for its caller.
    pub fn unbalanced(&self, name: &str) -> &[Definition] {
        self.unbalanced.get(&key(name.as_bytes())).map_or(&[], |found| found)
    }

    /// The functions of other files that call a function which is not static, in the order of the
    /// inputs; none where several functions have the name.
    pub fn callers(&self, name: &str) -> &[Definition] {
        self.callers.get(&key(name.as_bytes())).map_or(&[], |found| found)
    }

    /// The first of the callers in other files that has nothing around its call, found out by `look`
    /// when first asked for. That takes no notice of who asks.
    pub fn bare(
        &self,
        name: &str,
        hops: usize,
        without: Without,
        look: impl FnOnce() -> Option<Definition>,
    ) -> Option<Definition> {
        let at = (key(name.as_bytes()), hops, without);
        let known = self.bares.lock().expect("no panic while locked").get(&at).copied();
        known.unwrap_or_else(|| {
            let found = look();
            self.bares.lock().expect("no panic while locked").insert(at, found);
            found
        })
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
}

/// Who calls what in another file. Names of which there are several definitions are left out.
fn callers(files: &Files<'_>, groups: &Groups) -> FxHashMap<Key, Box<[Definition]>> {
    let (sizes, edges) = (groups.sizes(), groups.called_elsewhere());
    let mut found: FxHashMap<Key, Box<[Definition]>> = FxHashMap::default();
    for of_one in edges.chunk_by(|a, b| a.0 == b.0) {
        let group = of_one[0].0;
        if sizes[group as usize] == 1 {
            let places = of_one.iter().filter_map(|(_, node)| files.place(groups, *node));
            let called = files.function(groups, groups.first(group)).key;
            found.insert(called, places.collect());
        }
    }
    found.shrink_to_fit();
    found
}

/// How often what calls an unbalanced function is taken to be one.
const ROUNDS: usize = 3;

/// The functions of other files that may take or release something: by the table, or by what they
/// call. Names whose definitions disagree, or that a header defines as well, are left out.
fn unbalanced(files: &Files<'_>, groups: &Groups) -> FxHashMap<Key, Box<[Definition]>> {
    let nodes = groups.nodes();
    let function = |node: u32| files.function(groups, node);
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
        let places: Option<Box<[Definition]>> =
            members.iter().map(|node| files.place(groups, *node)).collect();
        if let Some(places) = places.filter(|_| all) {
            found.insert(key, places);
        }
    }
    found
}

//! What the digests of all files come to, by the names of functions.

use std::collections::BTreeSet;

use rustc_hash::{FxHashMap, FxHashSet};
use serde::{Deserialize, Serialize};

use super::Definition;
use super::digest::{Digest, Function};
use super::groups::{Groups, NONE};
use super::reads;
use super::sleepers::Sleepers;
use crate::evidence::heads::UsedHead;
use crate::rests::{About, short};
use crate::text::directives::Key;

/// What is known of the functions of all inputs from their tokens.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Tables {
    pub(super) sleepers: Sleepers,
    /// Functions that may hold more or less at their end than at their start; all definitions of
    /// the name.
    pub(super) unbalanced: FxHashMap<Key, Box<[Definition]>>,
    /// The members by which something is put behind a grace period, of those that are for that.
    heads: FxHashSet<UsedHead>,
    /// The names of members that are for that.
    head_members: FxHashSet<Key>,
    /// The inputs are all of the kernel.
    pub(super) whole: bool,
    /// The functions of other files that call a function of which there is one definition.
    pub(super) callers: FxHashMap<Key, Box<[Definition]>>,
    /// The functions that want their callers to be in a reader section.
    pub(super) reads: FxHashSet<Key>,
}

/// What is read off the tokens of all files.
pub(super) struct Files<'d> {
    digests: &'d [&'d Digest],
    /// How many of them, the first, are those of headers.
    headers: usize,
    /// Of which inputs the others are.
    inputs: &'d [u32],
}
impl<'d> Files<'d> {
    pub fn function(&self, groups: &Groups, node: u32) -> &'d Function {
        let (digest, at) = groups.nodes()[node as usize];
        &self.digests[digest as usize].functions[at as usize]
    }

    /// Where a definition is; `None` if in a header.
    pub fn place(&self, groups: &Groups, node: u32) -> Option<Definition> {
        let (digest, _) = groups.nodes()[node as usize];
        let input = self.inputs[(digest as usize).checked_sub(self.headers)?];
        Some(Definition { input, item: self.function(groups, node).item })
    }
}

impl Tables {
    /// Puts the digests of headers and of inputs together; each in a fixed order.
    pub(super) fn new(headers: &[&Digest], code: &[(u32, &Digest)], whole: bool) -> Tables {
        let count = headers.len();
        let inputs: Vec<u32> = code.iter().map(|(input, _)| *input).collect();
        let mut digests = headers.to_vec();
        digests.extend(code.iter().map(|(_, digest)| *digest));
        let all = digests.iter().copied();
        let head_members: FxHashSet<Key> =
            all.clone().flat_map(|digest| digest.head_members.iter().copied()).collect();
        let used = all.flat_map(|digest| digest.heads.iter().copied());
        let heads = used.filter(|head| head_members.contains(&head.member)).collect();
        let files = Files { digests: &digests, headers: count, inputs: &inputs };
        let groups = Groups::new(&digests, count);
        let (sleepers, (unbalanced, callers)) = rayon::join(
            || Sleepers::find(&files, &groups),
            || (unbalanced(&files, &groups), callers(&files, &groups)),
        );
        let reads = reads::find(&digests);
        Tables { reads, sleepers, unbalanced, heads, head_members, whole, callers }
    }

    /// Whether anything is put behind a grace period by this member of a struct; yes, if nothing is
    /// known of such a member.
    pub(super) fn uses_head(&self, head: UsedHead) -> bool {
        self.heads.contains(&head) || !self.head_members.contains(&head.member)
    }

    pub(super) fn is_head_member(&self, name: Key) -> bool {
        self.head_members.contains(&name)
    }

    /// The names of which other tables know something else, as [`crate::rests::Rests`] has them. In
    /// which file a function stands counts, its place there does not: whoever looks there rests on
    /// that file.
    pub fn differing(&self, other: &Tables) -> BTreeSet<u32> {
        let mut found = BTreeSet::new();
        let asleep = |tables: &Tables, name| {
            tables.sleepers.of(name).map(|asleep| {
                let chain: Vec<u32> = asleep.chain.iter().map(|at| at.input).collect();
                (chain, asleep.primitive)
            })
        };
        for name in self.sleepers.names().chain(other.sleepers.names()) {
            if asleep(self, name) != asleep(other, name) {
                found.insert(short(name, About::Sleep));
            }
        }
        differing(&self.unbalanced, &other.unbalanced, About::Balance, &mut found);
        differing(&self.callers, &other.callers, About::Callers, &mut found);
        let reads = self.reads.symmetric_difference(&other.reads);
        found.extend(reads.map(|name| short(*name, About::Reads)));
        let heads = self.heads.symmetric_difference(&other.heads);
        found.extend(heads.map(|head| short(head.key(), About::Head)));
        found
    }

    /// Whether what was read from elsewhere can be used.
    pub fn is_sound(&self) -> bool {
        self.sleepers.is_sound()
    }

    /// Whether the same members are for grace periods.
    pub fn has_same_heads(&self, other: &Tables) -> bool {
        self.head_members == other.head_members
    }
}

type Places = FxHashMap<Key, Box<[Definition]>>;

fn differing(one: &Places, other: &Places, about: About, found: &mut BTreeSet<u32>) {
    let inputs = |places: &Places, name: &Key| {
        places.get(name).map(|at| at.iter().map(|at| at.input).collect::<Vec<_>>())
    };
    for name in one.keys().chain(other.keys()) {
        if one.get(name) != other.get(name) && inputs(one, name) != inputs(other, name) {
            found.insert(short(*name, about));
        }
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

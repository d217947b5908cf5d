//! Which definitions a call may mean, by name: those of its own file, else those of all headers and
//! all functions of other files that are not static.

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::across::digest::Digest;
use crate::text::directives::Key;

/// No group, no node.
pub(super) const NONE: u32 = u32::MAX;

/// The definitions of all files, in groups that a call cannot tell apart. Definitions that call
/// nothing are in none: of twins for different configurations, the one that does something is
/// meant.
pub(super) struct Groups {
    /// The number of a digest and of a function in it.
    nodes: Vec<(u32, u32)>,
    /// For each node: the group that its own file sees, and the one that others see.
    of: Vec<[u32; 2]>,
    /// For each group: how many nodes, and the first.
    sizes: Vec<(u32, u32)>,
    /// Whether a function that is not in a header is among them.
    code: Vec<bool>,
    shared: FxHashMap<Key, u32>,
    /// The groups that each node calls on every way, one node's after the other's; `NONE` where
    /// nothing is known of the callee.
    calls: Vec<u32>,
    /// Which node calls which group of another file, on any way; sorted.
    elsewhere: Vec<(u32, u32)>,
    /// Where the calls of each node end, and how many of them are certain.
    ends: Vec<(u32, u32)>,
}

/// What the functions of one file call, as [`Groups`] has it.
#[derive(Default)]
struct Resolved {
    calls: Vec<u32>,
    elsewhere: Vec<(u32, u32)>,
    ends: Vec<(u32, u32)>,
}

/// For each group the nodes that call it.
pub(super) struct Callers {
    starts: Vec<u32>,
    nodes: Vec<u32>,
}

impl Callers {
    pub fn of(&self, group: u32) -> &[u32] {
        let group = group as usize;
        &self.nodes[self.starts[group] as usize..self.starts[group + 1] as usize]
    }
}

impl Groups {
    /// Digests count in the order given; the first `headers` are those of headers.
    pub fn new(digests: &[&Digest], headers: usize) -> Groups {
        let count = digests.iter().map(|digest| digest.functions.len()).sum();
        let mut groups = Groups {
            nodes: Vec::with_capacity(count),
            of: Vec::with_capacity(count),
            sizes: Vec::new(),
            code: Vec::new(),
            shared: FxHashMap::default(),
            calls: Vec::new(),
            elsewhere: Vec::new(),
            ends: Vec::with_capacity(count),
        };
        let mut locals: Vec<FxHashMap<Key, u32>> = Vec::with_capacity(digests.len());
        for (number, digest) in digests.iter().enumerate() {
            let header = number < headers;
            let mut local: FxHashMap<Key, u32> = FxHashMap::default();
            for (at, function) in digest.functions.iter().enumerate() {
                let node = groups.nodes.len() as u32;
                groups.nodes.push((number as u32, at as u32));
                let own = if header {
                    NONE
                } else {
                    *local.entry(function.key).or_insert_with(|| {
                        groups.sizes.push((0, NONE));
                        groups.sizes.len() as u32 - 1
                    })
                };
                let shared = if function.own || function.empty {
                    NONE
                } else {
                    *groups.shared.entry(function.key).or_insert_with(|| {
                        groups.sizes.push((0, NONE));
                        groups.sizes.len() as u32 - 1
                    })
                };
                groups.code.resize(groups.sizes.len(), false);
                if shared != NONE && !header {
                    groups.code[shared as usize] = true;
                }
                let of = if function.empty { [NONE, NONE] } else { [own, shared] };
                for group in of.into_iter().filter(|group| *group != NONE) {
                    let (size, first) = &mut groups.sizes[group as usize];
                    *size += 1;
                    *first = (*first).min(node);
                }
                groups.of.push(of);
            }
            locals.push(local);
        }
        let resolved: Vec<Resolved> = digests
            .par_iter()
            .zip(&locals)
            .map(|(digest, local)| groups.resolve(digest, local))
            .collect();
        drop(locals);
        groups.calls.reserve_exact(resolved.iter().map(|one| one.calls.len()).sum());
        groups.elsewhere.reserve_exact(resolved.iter().map(|one| one.elsewhere.len()).sum());
        for mut one in resolved {
            let (first, before) = (groups.ends.len() as u32, groups.calls.len() as u32);
            groups.calls.append(&mut one.calls);
            groups.elsewhere.extend(one.elsewhere.iter().map(|(group, at)| (*group, first + at)));
            groups.ends.extend(one.ends.iter().map(|(end, certain)| (before + end, *certain)));
        }
        groups.elsewhere.par_sort_unstable();
        groups
    }

    /// What the functions of a file call, with those of the file itself numbered from 0.
    fn resolve(&self, digest: &Digest, local: &FxHashMap<Key, u32>) -> Resolved {
        let mut found = Resolved::default();
        for at in 0..digest.functions.len() {
            found.calls.extend(digest.calls(at).iter().map(|call| {
                let group = local.get(call).or_else(|| self.shared.get(call));
                group.copied().unwrap_or(NONE)
            }));
            let others = digest.anywhere(at).iter().filter(|call| !local.contains_key(call));
            let called = others.filter_map(|call| self.shared.get(call));
            let code = called.filter(|group| self.code[**group as usize]);
            found.elsewhere.extend(code.map(|group| (*group, at as u32)));
            found.ends.push((found.calls.len() as u32, digest.certain(at).len() as u32));
        }
        found
    }

    pub fn nodes(&self) -> &[(u32, u32)] {
        &self.nodes
    }

    /// The groups that a node is in.
    pub fn of(&self, node: u32) -> [u32; 2] {
        self.of[node as usize]
    }

    /// How many nodes each group has.
    pub fn sizes(&self) -> Vec<u32> {
        self.sizes.iter().map(|(size, _)| *size).collect()
    }

    /// The first node of a group.
    pub fn first(&self, group: u32) -> u32 {
        self.sizes[group as usize].1
    }

    pub fn is_defined_in_code(&self, group: u32) -> bool {
        self.code[group as usize]
    }

    /// The groups that every file sees.
    pub fn shared(&self) -> impl Iterator<Item = (Key, u32)> {
        let mut all: Vec<(Key, u32)> = self.shared.iter().map(|(key, at)| (*key, *at)).collect();
        all.sort_unstable_by_key(|(_, group)| *group);
        all.into_iter()
    }

    /// What a node calls on every way.
    pub fn calls(&self, node: u32) -> &[u32] {
        let start = (node as usize).checked_sub(1).map_or(0, |before| self.ends[before].0);
        &self.calls[start as usize..self.ends[node as usize].0 as usize]
    }

    /// Those by which it may come to sleep.
    pub fn certain(&self, node: u32) -> &[u32] {
        &self.calls(node)[..self.ends[node as usize].1 as usize]
    }

    /// By group, the nodes of other files that call it on some way.
    pub fn called_elsewhere(&self) -> &[(u32, u32)] {
        &self.elsewhere
    }

    /// For each group, the nodes among whose calls it is.
    pub fn callers<'g>(&'g self, calls: impl Fn(u32) -> &'g [u32]) -> Callers {
        let mut starts = vec![0u32; self.sizes.len() + 1];
        let nodes = 0..self.nodes.len() as u32;
        let known = |group: &&u32| **group != NONE;
        for node in nodes.clone() {
            calls(node).iter().filter(known).for_each(|group| starts[*group as usize + 1] += 1);
        }
        for at in 1..starts.len() {
            starts[at] += starts[at - 1];
        }
        let mut next = starts.clone();
        let mut found = vec![0u32; *starts.last().unwrap_or(&0) as usize];
        for node in nodes {
            for group in calls(node).iter().filter(known) {
                let at = &mut next[*group as usize];
                found[*at as usize] = node;
                *at += 1;
            }
        }
        Callers { starts, nodes: found }
    }
}
